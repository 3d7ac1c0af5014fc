"""Which messages somebody means."""

from datetime import datetime
from uuid import UUID

import strawberry

from letterhead.outbox import reading
from letterhead.outbox.rules import MessageStatus
from letterhead.schema.ids import given_id


@strawberry.input(description="Which messages to list. Every condition given must hold.")
class MessageFilter:
    status: list[MessageStatus] | None = strawberry.field(default=None, description="Any of these.")
    account_id: strawberry.ID | None = strawberry.field(
        default=None, description="Sent through this account."
    )
    project_id: strawberry.ID | None = strawberry.field(default=None, description="About this project.")
    author_id: strawberry.ID | None = strawberry.field(default=None, description="Written by this employee.")
    recipient: str | None = strawberry.field(default=None, description="Sent to this address.")
    since: datetime | None = strawberry.field(default=None, description="Queued then or later.")


def read_message_filter(given: MessageFilter, *path: str) -> reading.MessageFilter:
    """Raises Refused (NOT_FOUND) for what is no id of its kind."""

    def read(opaque: strawberry.ID | None, kind: str, name: str) -> UUID | None:
        return None if opaque is None else given_id(opaque, kind, *path, name)

    return reading.MessageFilter(
        status=tuple(given.status) if given.status is not None else None,
        account_id=read(given.account_id, "EmailAccount", "accountId"),
        project_id=read(given.project_id, "Project", "projectId"),
        author_id=read(given.author_id, "Employee", "authorId"),
        recipient=given.recipient,
        since=given.since,
    )
