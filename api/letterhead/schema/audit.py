"""Who did what to what."""

from datetime import datetime
from uuid import UUID

import strawberry

from letterhead.audit import reading
from letterhead.audit.log import Action, Subject
from letterhead.errors import NotAnswerable
from letterhead.schema.context import Info
from letterhead.schema.ids import decode, encode, row_id
from letterhead.schema.node import Node
from letterhead.schema.paging import Connection, connection
from letterhead.store.pages import page_request


@strawberry.type(description="A value before and after.")
class AuditChange:
    field: str = strawberry.field(
        description="What changed, as the schema calls it. Of a list, before names who or what was taken"
        " away, and after who or what came."
    )
    before: str | None = strawberry.field(description="What it was. Null: nothing.")
    after: str | None = strawberry.field(description="What it is now. Null: nothing.")


@strawberry.type(description="A deed, written down together with what it did, and never changed.")
class AuditEntry(Node):
    entry: strawberry.Private[reading.Entry]
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(
        description="Who: a name, and what names the caller for ever. It begins with system: where nobody"
        " asked for it."
    )
    action: Action = strawberry.field(description="The kind of deed.")
    summary: str = strawberry.field(description="It in plain words.")
    changes: list[AuditChange] = strawberry.field(description="What changed. Never a secret.")

    @strawberry.field(description="What it was done to. Null when that is gone, or hidden.")
    async def subject(self, info: Info) -> Node | None:
        from letterhead.schema.nodes import fetch_one  # noqa: PLC0415 - nodes knows every type

        subject = self.entry.subject
        return await fetch_one(info, encode(subject.type, subject.id)) if subject else None


@strawberry.input(description="Which entries to list. Every condition given must hold.")
class AuditFilter:
    action: list[Action] | None = strawberry.field(default=None, description="Any of these.")
    subject_id: strawberry.ID | None = strawberry.field(
        default=None, description="What was done to this; it may be gone by now."
    )
    since: datetime | None = strawberry.field(default=None, description="Done then or later.")


async def audit_log(
    info: Info, wanted: AuditFilter | None, first: int, after: str | None
) -> Connection[AuditEntry]:
    request = page_request(first, after, key_length=reading.KEY_LENGTH)
    asked = _filter(wanted) if wanted else reading.AuditFilter()
    return connection(await info.context.loaders.audit_log.load((asked, request)), show_entry)


def show_entry(entry: reading.Entry) -> AuditEntry:
    return AuditEntry(
        id=encode("AuditEntry", entry.id),
        entry=entry,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        summary=entry.summary,
        changes=[
            AuditChange(field=change.field, before=change.before, after=change.after)
            for change in entry.changes
        ],
    )


def _filter(given: AuditFilter) -> reading.AuditFilter:
    return reading.AuditFilter(
        actions=tuple(given.action) if given.action is not None else None,
        subject=_subject(given.subject_id) if given.subject_id is not None else None,
        since=given.since,
    )


def _subject(opaque: strawberry.ID) -> Subject:
    """By its id alone, because what was deleted can be asked for too."""
    decoded = decode(opaque)
    row: UUID | None = row_id(opaque, decoded[0]) if decoded else None
    if decoded is None or row is None:
        raise NotAnswerable("NOT_FOUND", "subjectId is no id of this schema.", "Take the id of what it is.")
    return Subject(decoded[0], row)
