"""The audit log as it is shown: to those who may read it, newest first; and all of it, oldest first."""

from collections.abc import AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from letterhead.audit.log import Action, Subject
from letterhead.errors import NotAnswerable
from letterhead.identity.actor import Actor, Permission
from letterhead.store.database import Row, as_id, as_instant, as_json, select
from letterhead.store.pages import Page, PageRequest, instant, page, read_key
from letterhead.store.where import Where

KEY_LENGTH = 2
"""Of a cursor: an instant and an id."""

AT_ONCE = 1_000
"""Entries that are read, and held in memory, at a time while all of them are taken out."""


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """Every condition given must hold. ``since``: then or later."""

    actions: tuple[Action, ...] | None = None
    subject: Subject | None = None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """``actor``: a name and what names the caller for ever, such as ``Ann (employee:0192…)``."""

    id: UUID
    at: datetime
    actor: str
    action: Action
    subject: Subject | None
    summary: str
    changes: tuple[Change, ...]


async def entries(wanted: AuditFilter, request: PageRequest, *, by: Actor) -> Page[Entry]:
    """Newest first. Raises NotAnswerable (FORBIDDEN, BAD_INPUT)."""
    if not by.may(Permission.READ_AUDIT):
        raise NotAnswerable("FORBIDDEN", "You may not read the audit log.", "It takes READ_AUDIT.")
    where = _of(by.company_id, wanted)
    if request.after is not None:
        where.add("(at, id) < ({}, {})", *read_key(request.after, instant, as_id))
    newest = f"ORDER BY at DESC, id DESC LIMIT {request.first + 1}"
    if wanted.actions is None:
        rows = await select(f"SELECT * FROM audit_entry WHERE {where} {newest}", *where.values)
    else:
        rows = await _of_actions(set(wanted.actions), where, newest)
    return page([_entry(row) for row in rows], request, lambda entry: (entry.at, entry.id))


async def by_ids(ids: Sequence[UUID], *, by: Actor) -> dict[UUID, Entry]:
    """Those of ``ids`` that exist, for who may read the log; nothing for anybody else."""
    if not by.may(Permission.READ_AUDIT):
        return {}
    where = Where()
    where.add("company_id = {}", by.company_id)
    where.among("id", list(ids))
    rows = await select(f"SELECT * FROM audit_entry WHERE {where}", *where.values)
    return {entry.id: entry for entry in map(_entry, rows)}


async def all_of(company_id: UUID, since: datetime | None = None) -> AsyncIterator[Entry]:
    """Every entry, oldest first, in bounded memory however many there are."""
    after: tuple[datetime, UUID] | None = None
    while True:
        where = _of(company_id, AuditFilter(since=since))
        if after is not None:
            where.add("(at, id) > ({}, {})", *after)
        rows = await select(
            f"SELECT * FROM audit_entry WHERE {where} ORDER BY at, id LIMIT {AT_ONCE}", *where.values
        )
        for entry in map(_entry, rows):
            yield entry
            after = (entry.at, entry.id)
        if len(rows) < AT_ONCE:
            return


async def _of_actions(actions: AbstractSet[Action], where: Where, newest: str) -> Sequence[Row]:
    """Each action is looked up along its own part of the index, so that rare ones are found as fast."""
    parts = " UNION ALL ".join(
        f"SELECT * FROM (SELECT * FROM audit_entry WHERE {where} AND action = '{action}' {newest}) {action}"
        for action in sorted(actions)
    )
    return await select(f"SELECT * FROM ({parts}) entry {newest}", *where.values) if parts else []


def _of(company_id: UUID, wanted: AuditFilter) -> Where:
    where = Where()
    where.add("company_id = {}", company_id)
    if wanted.subject is not None:
        where.add("subject_id = {} AND subject_type = {}", wanted.subject.id, wanted.subject.type)
    if wanted.since is not None:
        where.add("at >= {}", _in_utc(wanted.since))
    return where


def _in_utc(at: datetime) -> datetime:
    """SQLite compares instants as texts. One without a zone is taken as UTC."""
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _entry(row: Row) -> Entry:
    subject = Subject(row["subject_type"], as_id(row["subject_id"])) if row["subject_id"] else None
    return Entry(
        id=as_id(row["id"]),
        at=as_instant(row["at"]),
        actor=row["actor"],
        action=Action(row["action"]),
        subject=subject,
        summary=row["summary"],
        changes=tuple(Change(**change) for change in as_json(row["changes"])),
    )
