"""Who did what to what. Only ever added to, in the same transaction as the deed.

What happens to accounts is numbered besides, without gaps, so that it can be followed. The number is taken
from the company's row, which stays locked until the commit: record it last, when no other row is to be
locked any more, or two transactions may wait for each other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from letterhead import telling
from letterhead.audit.rules import Values, written
from letterhead.identity.actor import Actor
from letterhead.store.database import in_a_transaction, now, select
from letterhead.store.models import AuditEntry

LONGEST_ACTOR = 300
AT_ONCE = 500


class Action(StrEnum):
    ACCOUNT_SAVED = "ACCOUNT_SAVED"
    ACCOUNT_DELETED = "ACCOUNT_DELETED"
    STATUS_CHANGED = "STATUS_CHANGED"
    ACCESS_CHANGED = "ACCESS_CHANGED"
    SCOPE_CHANGED = "SCOPE_CHANGED"
    CREDENTIAL_REPLACED = "CREDENTIAL_REPLACED"
    SIGN_IN_STARTED = "SIGN_IN_STARTED"
    SIGN_IN_LINK_CREATED = "SIGN_IN_LINK_CREATED"
    SIGN_IN_ENDED = "SIGN_IN_ENDED"
    TEST_RUN = "TEST_RUN"
    MESSAGE_SENT = "MESSAGE_SENT"
    MESSAGE_SENT_FOR_OTHER = "MESSAGE_SENT_FOR_OTHER"
    MESSAGE_HELD = "MESSAGE_HELD"
    MESSAGE_RELEASED = "MESSAGE_RELEASED"
    MESSAGE_CANCELLED = "MESSAGE_CANCELLED"
    POLICY_CHANGED = "POLICY_CHANGED"
    TOKEN_CREATED = "TOKEN_CREATED"
    TOKEN_REVOKED = "TOKEN_REVOKED"
    WEBHOOK_CHANGED = "WEBHOOK_CHANGED"
    KEYS_ROTATED = "KEYS_ROTATED"
    BAD_ADDRESS_FORGOTTEN = "BAD_ADDRESS_FORGOTTEN"
    DIRECTORY_SYNCED = "DIRECTORY_SYNCED"


TOLD = {
    Action.ACCOUNT_SAVED: "saved",
    Action.ACCOUNT_DELETED: "deleted",
    Action.ACCESS_CHANGED: "access_changed",
    Action.SCOPE_CHANGED: "scope_changed",
    Action.CREDENTIAL_REPLACED: "credential_replaced",
}
"""Of an account, beside changes of its status."""


ACCOUNT_EVENTS = frozenset({*TOLD, Action.STATUS_CHANGED})
"""What can be followed, where its subject is an account."""


@dataclass(frozen=True)
class Subject:
    """``type``: the schema's name of the type, such as ``EmailAccount``."""

    type: str
    id: UUID


@dataclass(frozen=True, kw_only=True)
class Deed:
    """``changes``: field to (before, after). Never a secret: the caller leaves those out."""

    subject: Subject
    summary: str
    changes: Mapping[str, Values] = field(default_factory=dict)


async def record(
    action: Action,
    summary: str,
    *,
    by: Actor,
    subject: Subject | None = None,
    changes: Mapping[str, Values] | None = None,
) -> None:
    """``changes``: field to (before, after). Never a secret: the caller leaves those out."""
    entry = _entry(action, summary, subject, changes or {}, by)
    await _number([entry], by.company_id)
    await entry.save(force_create=True)
    if subject:
        await _tell(action, [Deed(subject=subject, summary=summary, changes=changes or {})], by=by)


async def record_each(action: Action, deeds: Iterable[Deed], *, by: Actor) -> None:
    """An entry for each, in few statements."""
    deeds = list(deeds)
    entries = [_entry(action, deed.summary, deed.subject, deed.changes, by) for deed in deeds]
    await _number(entries, by.company_id)
    await AuditEntry.bulk_create(entries, batch_size=AT_ONCE)
    await _tell(action, deeds, by=by)


async def _number(entries: Iterable[AuditEntry], company_id: UUID) -> None:
    """Those that are events of accounts, in their order."""
    events = [one for one in entries if one.subject_type == "EmailAccount" and one.action in ACCOUNT_EVENTS]
    if not events:
        return
    assert in_a_transaction(), "a number must not be seen before its event is"
    [row] = await select(
        "UPDATE company SET event_count = event_count + $2 WHERE id = $1 RETURNING event_count",
        company_id,
        len(events),
    )
    for number, event in enumerate(events, row["event_count"] - len(events) + 1):
        event.event_number = number


async def _tell(action: Action, deeds: Iterable[Deed], *, by: Actor) -> None:
    """Webhooks, of accounts."""
    told = [
        (deed.subject.id, what)
        for deed in deeds
        if deed.subject.type == "EmailAccount" and (what := _event(action, deed.changes))
    ]
    if told:
        await telling.accounts_changed(by.company_id, told)


def _entry(
    action: Action, summary: str, subject: Subject | None, changes: Mapping[str, Values], by: Actor
) -> AuditEntry:
    return AuditEntry(
        company_id=by.company_id,
        at=now(),
        actor=f"{by.name} ({by.key})"[:LONGEST_ACTOR],
        action=action.value,
        subject_type=subject.type if subject else None,
        subject_id=subject.id if subject else None,
        summary=summary,
        changes=written(changes),
    )


def _event(action: Action, changes: Mapping[str, Values]) -> str | None:
    """What webhooks are told of it, where they are."""
    if action is Action.STATUS_CHANGED:
        _, status = changes.get("status", (None, None))
        return status and status.lower()
    return TOLD.get(action)
