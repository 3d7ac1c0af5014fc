"""Taking a message in: decided, rendered and written down in one go, and never twice for the same key."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from tortoise.exceptions import IntegrityError
from uuid_utils.compat import uuid7

from letterhead.audit.log import Action, Subject, record
from letterhead.errors import NotAnswerable, Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox import attachments
from letterhead.outbox.compose import Draft, SendMessage, compose, key_problems
from letterhead.outbox.freezing import frozen, shown_within
from letterhead.outbox.managing import check_author
from letterhead.outbox.queue import TOPIC
from letterhead.outbox.rules import DeliveryStatus, MessageStatus
from letterhead.senders import verbs as senders
from letterhead.senders.rules import NoSender, NoSenderReason, Sender
from letterhead.store import models
from letterhead.store.database import as_id, as_instant, clock, select, transaction


@dataclass(frozen=True, kw_only=True)
class Sent:
    """``replayed``: the same was asked before with this key; this is the message of that time."""

    message_id: UUID
    replayed: bool


async def send(house: House, command: SendMessage, *, by: Actor) -> Sent:
    """Queue a message for delivery. Raises Refused."""
    author_id = _author(command, by)
    if problems := tuple(key_problems(command.idempotency_key)):
        raise Refused(*problems)
    digest = _digest(command)
    at, earlier = await _earlier(command, digest, by)
    if earlier:
        return earlier
    draft = compose(command, at=at)
    if not isinstance(draft, Draft):
        raise Refused(*draft)
    files = await attachments.owned([given.id for given in command.attachments], by=by)
    images = shown_within(command, files)
    sender = await _decided(command, author_id, by)
    columns = await frozen(
        house, command, draft, sender, files=files, images=images, company_id=by.company_id
    )
    columns |= {"digest": digest, "author_id": author_id}
    try:
        message_id = await _write(command, draft, columns, at=at, by=by)
    except IntegrityError:
        _, earlier = await _earlier(command, digest, by)
        if earlier:
            return earlier
        raise
    house.news.changed(TOPIC)
    return Sent(message_id=message_id, replayed=False)


def _author(command: SendMessage, by: Actor) -> UUID:
    author_id = command.context.employee_id or by.employee_id
    path = ("context", "employeeId")
    if author_id is None:
        raise Refused(Problem(ProblemCode.REQUIRED, "Say which employee writes.", path))
    check_author(author_id, *path, by=by)
    return author_id


def _digest(command: SendMessage) -> str:
    said = asdict(command)
    del said["idempotency_key"]
    if not command.attachments:
        del said["attachments"]  # as it was said before there could be any
    return hashlib.sha256(orjson.dumps(said, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def _earlier(command: SendMessage, digest: str, by: Actor) -> tuple[datetime, Sent | None]:
    """Beside what time it is, by the clock that says when a message is due."""
    [row] = await select(
        f"""SELECT {clock()} AS at, m.id, m.digest FROM company c LEFT JOIN message m
            ON m.company_id = c.id AND m.idempotency_scope = $2 AND m.idempotency_key = $3 WHERE c.id = $1""",
        by.company_id,
        by.key,
        command.idempotency_key,
    )
    at = as_instant(row["at"])
    if row["id"] is None:
        return at, None
    if row["digest"] != digest:
        message = "This key was used for another message; each message needs a key of its own."
        raise Refused(Problem(ProblemCode.IDEMPOTENCY_KEY_REUSED, message, ("idempotencyKey",)))
    return at, Sent(message_id=as_id(row["id"]), replayed=True)


async def _decided(command: SendMessage, author_id: UUID, by: Actor) -> Sender:
    try:
        decision = await senders.decide(command.context, company_id=by.company_id, employee_id=author_id)
    except NotAnswerable as exc:
        raise Refused(Problem(ProblemCode.NOT_FOUND, f"{exc} {exc.remedy}".strip(), ("context",))) from None
    if isinstance(decision, NoSender):
        chosen = decision.reason is NoSenderReason.CHOICE_NOT_AVAILABLE
        code = ProblemCode.SENDER_NOT_AVAILABLE if chosen else ProblemCode.NO_SENDER
        raise Refused(Problem(code, decision.explanation, _sender_path(command) if chosen else ("context",)))
    return decision


def _sender_path(command: SendMessage) -> tuple[str, ...]:
    return ("context", "accountId" if command.context.account_id else "alias")


async def _write(
    command: SendMessage, draft: Draft, columns: dict[str, Any], *, at: datetime, by: Actor
) -> UUID:
    message_id, for_other = uuid7(), columns["author_id"] != by.employee_id
    async with transaction():
        await models.Message.create(
            **columns,
            id=message_id,
            company_id=by.company_id,
            idempotency_scope=by.key,
            idempotency_key=command.idempotency_key,
            project_id=command.context.project_id,
            subject=command.subject,
            status=MessageStatus.QUEUED.value,
            queued_at=at,
            not_before=draft.not_before if command.not_before else None,
            next_attempt_at=draft.not_before,
            expires_at=draft.expires_at,
        )
        await models.Recipient.bulk_create(
            models.Recipient(
                company_id=by.company_id,
                message_id=message_id,
                position=position,
                kind=kind.value,
                address=mailbox.address,
                name=mailbox.name,
                status=DeliveryStatus.QUEUED.value,
            )
            for position, (kind, mailbox) in enumerate(draft.recipients)
        )
        await record(
            Action.MESSAGE_SENT_FOR_OTHER if for_other else Action.MESSAGE_SENT,
            f"Sent a message from {columns['from_address']} to {len(draft.recipients)} recipients",
            by=by,
            subject=Subject("Message", message_id),
        )
    return message_id
