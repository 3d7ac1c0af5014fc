"""Whose messages somebody may change."""

from uuid import UUID

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.identity.actor import Actor, Permission
from letterhead.store import models

COLUMNS = (
    "id",
    "company_id",
    "account_id",
    "author_id",
    "project_id",
    "idempotency_scope",
    "from_address",
    "message_id",
    "former_message_ids",
    "status",
    "queued_at",
    "not_before",
    "expires_at",
    "content_erased_at",
)
"""All that a decision needs; the content is large."""


async def managed(message_id: UUID | None, *path: str, by: Actor) -> models.Message:
    """The author's, or an administrator's who may read it. Raises Refused (NOT_FOUND, NOT_PERMITTED)."""
    message = (
        await models.Message.filter(id=message_id, company_id=by.company_id).only(*COLUMNS).first()
        if message_id
        else None
    )
    if message is not None:
        own = message.idempotency_scope == by.key or (
            by.employee_id is not None and message.author_id == by.employee_id
        )
        may_read = own or by.may(Permission.READ_MESSAGES)
        if own or (may_read and by.may(Permission.MANAGE_COMPANY_ACCOUNTS)):
            return message
        if may_read:
            refusal = "Only its author or an administrator can do that."
            raise Refused(Problem(ProblemCode.NOT_PERMITTED, refusal, path))
    raise Refused(Problem(ProblemCode.NOT_FOUND, "There is no such message.", path))


def may_write_as(author_id: UUID, *, by: Actor) -> bool:
    return by.may(Permission.SEND_FOR_OTHERS) or (author_id == by.employee_id and by.may(Permission.SEND))


def check_author(author_id: UUID, *path: str, by: Actor) -> None:
    """Whether the caller may write in somebody's name. Raises Refused (NOT_PERMITTED)."""
    if not may_write_as(author_id, by=by):
        needed = Permission.SEND if author_id == by.employee_id else Permission.SEND_FOR_OTHERS
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, f"This needs the permission {needed}.", path))
