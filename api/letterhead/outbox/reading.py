"""Messages as they are shown: to all who may read the company's, to others their own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from letterhead.diagnosis.stored import diagnosis_from_json, reply_from_json
from letterhead.errors import NotAnswerable
from letterhead.identity.actor import Actor, Permission
from letterhead.outbox.compose import parse_address
from letterhead.outbox.rules import DeliveryStatus, MessageStatus, RecipientKind
from letterhead.senders.rules import ResolutionRule
from letterhead.store.database import Row, as_id, as_instant, as_json, select
from letterhead.store.pages import Page, PageRequest, page
from letterhead.store.where import Where
from letterhead_providers import Diagnosis, ServerReply


@dataclass(frozen=True, kw_only=True)
class MessageFilter:
    """``recipient``: an address, To, Cc or Bcc. ``since``: when it was queued."""

    status: tuple[MessageStatus, ...] | None = None
    account_id: UUID | None = None
    project_id: UUID | None = None
    author_id: UUID | None = None
    recipient: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MessageView:
    """``held_because``: waits for a person. ``waiting_for``: goes on by itself. ``former_message_ids``: under
    which it went to others. ``delayed_since``: when it was found to take longer than usual."""

    id: UUID
    status: MessageStatus
    account_id: UUID | None
    from_address: str
    rule: ResolutionRule
    author_id: UUID | None
    project_id: UUID | None
    subject: str
    message_id: str
    former_message_ids: tuple[str, ...]
    held_because: Diagnosis | None
    waiting_for: Diagnosis | None
    queued_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None
    delayed_since: datetime | None
    content_erased_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RecipientView:
    address: str
    name: str | None
    kind: RecipientKind
    status: DeliveryStatus
    diagnosis: Diagnosis | None
    bounced_at: datetime | None
    address_is_bad: bool


@dataclass(frozen=True, kw_only=True)
class AttemptView:
    id: UUID
    at: datetime
    took_ms: int
    reply: ServerReply | None
    diagnosis: Diagnosis | None


COLUMNS = """m.id, m.status, m.account_id, m.from_address, m.rule, m.author_id, m.project_id, m.subject,
    m.message_id, m.former_message_ids, m.held_because, m.waiting_for, m.queued_at, m.next_attempt_at,
    m.finished_at, m.delayed_since, m.content_erased_at"""
KEY_LENGTH = 2
"""Of the cursors of messages and attempts: an instant and an id."""


async def message(message_id: UUID, *, by: Actor) -> MessageView | None:
    return (await by_ids([message_id], by=by)).get(message_id)


async def by_ids(ids: Sequence[UUID], *, by: Actor) -> dict[UUID, MessageView]:
    """Those of ``ids`` that exist and that the asker may read."""
    where = visible(by)
    where.among("m.id", list(ids))
    rows = await select(f"SELECT {COLUMNS} FROM message m WHERE {where}", *where.values)
    return {view.id: view for view in map(_message, rows)}


async def messages(wanted: MessageFilter, request: PageRequest, *, by: Actor) -> Page[MessageView]:
    """Newest first."""
    where = visible(by)
    _narrow(where, wanted)
    if request.after is not None:
        where.add("(m.queued_at, m.id) < ({}, {})", *_place(request.after))
    rows = await select(
        f"SELECT {COLUMNS} FROM message m WHERE {where}"
        f" ORDER BY m.queued_at DESC, m.id DESC LIMIT {request.first + 1}",
        *where.values,
    )
    return page([_message(row) for row in rows], request, lambda view: (view.queued_at, view.id))


async def held(
    wanted: MessageFilter, most: int, *, after: tuple[datetime, UUID] | None, by: Actor
) -> list[tuple[datetime, UUID]]:
    """The places of held messages among the company's, oldest first."""
    where = visible(by)
    _narrow(where, replace(wanted, status=(MessageStatus.HELD,)))
    if after is not None:
        where.add("(m.queued_at, m.id) > ({}, {})", *after)
    rows = await select(
        f"SELECT m.queued_at, m.id FROM message m WHERE {where} ORDER BY m.queued_at, m.id LIMIT {most}",
        *where.values,
    )
    return [(_utc(as_instant(row["queued_at"])), as_id(row["id"])) for row in rows]


async def recipients_of(
    company_id: UUID, message_ids: Sequence[UUID]
) -> dict[UUID, tuple[RecipientView, ...]]:
    """In the order they were given. For messages the asker was found to be allowed to read."""
    where = _of_messages(company_id, message_ids)
    rows = await select(f"SELECT * FROM recipient WHERE {where} ORDER BY position", *where.values)
    found: dict[UUID, list[RecipientView]] = {message_id: [] for message_id in message_ids}
    for row in rows:
        found[as_id(row["message_id"])].append(_recipient(row))
    return {message_id: tuple(recipients) for message_id, recipients in found.items()}


async def attempts_of(
    company_id: UUID, message_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[AttemptView]]:
    """The first page of each message, oldest first. ``request.after`` makes sense for one message only."""
    where = _of_messages(company_id, message_ids)
    if request.after is not None:
        where.add("(at, id) > ({}, {})", *_place(request.after))
    rows = await select(
        f"""
        SELECT id, message_id, at, took_ms, reply, diagnosis FROM (
            SELECT *, ROW_NUMBER() OVER (PARTITION BY message_id ORDER BY at, id) AS place
            FROM delivery_attempt WHERE {where}
        ) numbered WHERE place <= {request.first + 1} ORDER BY message_id, place
        """,
        *where.values,
    )
    found: dict[UUID, list[AttemptView]] = {message_id: [] for message_id in message_ids}
    for row in rows:
        found[as_id(row["message_id"])].append(_attempt(row))
    return {
        message_id: page(attempts, request, lambda view: (view.at, view.id))
        for message_id, attempts in found.items()
    }


def visible(by: Actor) -> Where:
    """The messages, named ``m``, that the asker may read: a service sees what it sent itself, too."""
    where = Where()
    where.add("m.company_id = {}", by.company_id)
    if by.may(Permission.READ_MESSAGES):
        return where
    if by.employee_id is None:
        where.add("m.idempotency_scope = {}", by.key)
    else:
        where.add("m.author_id = {} OR m.idempotency_scope = {}", by.employee_id, by.key)
    return where


def _narrow(where: Where, wanted: MessageFilter) -> None:
    if wanted.status is not None:
        where.among("m.status", [status.value for status in wanted.status])
    if wanted.account_id is not None:
        where.add("m.account_id = {}", wanted.account_id)
    if wanted.project_id is not None:
        where.add("m.project_id = {}", wanted.project_id)
    if wanted.author_id is not None:
        where.add("m.author_id = {}", wanted.author_id)
    if wanted.since is not None:
        where.add("m.queued_at >= {}", _utc(wanted.since))
    if wanted.recipient is not None:
        where.add(
            """EXISTS (SELECT 1 FROM recipient r
               WHERE r.company_id = m.company_id AND r.message_id = m.id AND r.address = {})""",
            _as_stored(wanted.recipient),
        )


def _utc(instant: datetime) -> datetime:
    """SQLite compares instants as text."""
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


def _as_stored(address: str) -> str:
    try:
        return parse_address(address)
    except ValueError:
        return address


def _place(after: tuple[Any, ...]) -> tuple[datetime, UUID]:
    try:
        return _utc(as_instant(after[0])), as_id(after[1])
    except (TypeError, ValueError):
        raise NotAnswerable(
            "BAD_INPUT", "after is not a cursor of this list.", "Take it from pageInfo.endCursor or an edge."
        ) from None


def _of_messages(company_id: UUID, message_ids: Sequence[UUID]) -> Where:
    where = Where()
    where.add("company_id = {}", company_id)
    where.among("message_id", list(message_ids))
    return where


def _message(row: Row) -> MessageView:
    waits_or_is_done = row["waiting_for"] or row["finished_at"]
    return MessageView(
        id=as_id(row["id"]),
        status=MessageStatus(row["status"]),
        account_id=_id(row["account_id"]),
        from_address=row["from_address"],
        rule=ResolutionRule(row["rule"]),
        author_id=_id(row["author_id"]),
        project_id=_id(row["project_id"]),
        subject=row["subject"],
        message_id=row["message_id"],
        former_message_ids=tuple(as_json(row["former_message_ids"]) or ()),
        held_because=_diagnosis(row["held_because"]),
        waiting_for=_diagnosis(row["waiting_for"]),
        queued_at=as_instant(row["queued_at"]),
        next_attempt_at=None if waits_or_is_done else _instant(row["next_attempt_at"]),
        finished_at=_instant(row["finished_at"]),
        delayed_since=_instant(row["delayed_since"]),
        content_erased_at=_instant(row["content_erased_at"]),
    )


def _recipient(row: Row) -> RecipientView:
    return RecipientView(
        address=row["address"],
        name=row["name"],
        kind=RecipientKind(row["kind"]),
        status=DeliveryStatus(row["status"]),
        diagnosis=_diagnosis(row["diagnosis"]),
        bounced_at=_instant(row["bounced_at"]),
        address_is_bad=bool(row["address_is_bad"]),
    )


def _attempt(row: Row) -> AttemptView:
    reply = as_json(row["reply"])
    return AttemptView(
        id=as_id(row["id"]),
        at=as_instant(row["at"]),
        took_ms=row["took_ms"],
        reply=reply_from_json(reply) if reply else None,
        diagnosis=_diagnosis(row["diagnosis"]),
    )


def _diagnosis(stored: Any) -> Diagnosis | None:
    return diagnosis_from_json(as_json(stored)) if stored else None


def _id(value: Any) -> UUID | None:
    return as_id(value) if value else None


def _instant(value: Any) -> datetime | None:
    return as_instant(value) if value else None
