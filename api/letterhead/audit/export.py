"""The audit log taken out as JSON lines (https://jsonlines.org): an object for each entry, oldest first."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from letterhead.audit.reading import Entry, all_of
from letterhead.identity.actor import Actor, Permission

Known = Callable[[str], Awaitable[Actor | None]]
"""Whose an Authorization header is."""

Opaque = Callable[[str, UUID], str]
"""Makes the id by which GraphQL knows the row of a type."""


def audit_routes(known_by: Known, opaque: Opaque) -> list[Route]:
    """``GET /audit.jsonl?since=INSTANT``, for callers with READ_AUDIT."""

    async def answer(request: Request) -> Response:
        actor = await known_by(request.headers.get("authorization", ""))
        if actor is None:
            challenge = {"WWW-Authenticate": "Bearer"}
            return _refusal("Who is asking? Send a token: Authorization: Bearer lh_…", 401, challenge)
        if not actor.may(Permission.READ_AUDIT):
            return _refusal("You may not read the audit log; it takes READ_AUDIT.", 403)
        try:
            since = instant(request.query_params.get("since"))
        except ValueError:
            return _refusal("since is not an instant; write it like 2026-01-31T00:00:00Z.", 400)
        headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="audit.jsonl"'}
        lines = json_lines(actor.company_id, since, opaque=opaque)
        return StreamingResponse(lines, media_type="application/jsonl", headers=headers)

    return [Route("/audit.jsonl", answer, methods=["GET"])]


async def json_lines(
    company_id: UUID, since: datetime | None = None, *, opaque: Opaque
) -> AsyncIterator[bytes]:
    """Each entry as a line. ``since``: then or later."""
    async for entry in all_of(company_id, since):
        yield orjson.dumps(_object(entry, opaque), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


async def write_lines(company_id: UUID, since: datetime | None, out: BinaryIO, *, opaque: Opaque) -> None:
    async for line in json_lines(company_id, since, opaque=opaque):
        out.write(line)


def instant(written: str | None) -> datetime | None:
    """RFC 3339, or a date alone; in UTC where it names no zone. Raises ValueError."""
    return datetime.fromisoformat(written) if written else None


def _object(entry: Entry, opaque: Opaque) -> dict[str, object]:
    subject = entry.subject
    return {
        "id": opaque("AuditEntry", entry.id),
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action.value,
        "subject": {"type": subject.type, "id": opaque(subject.type, subject.id)} if subject else None,
        "summary": entry.summary,
        "changes": [
            {"field": change.field, "before": change.before, "after": change.after}
            for change in entry.changes
        ],
    }


def _refusal(message: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"message": message}, status_code=status, headers=headers)
