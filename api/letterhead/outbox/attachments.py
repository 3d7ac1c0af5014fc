"""Files that are uploaded once and sent with messages, for a day, by whoever uploaded them alone."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.outbox import shelf
from letterhead.store import models
from letterhead.store.database import as_id, as_instant, now, select

LASTS = timedelta(days=1)
HALF_ARRIVED_LASTS = timedelta(hours=1)
MOST_OF_A_CALLER = 1_000
SWEPT_AT_A_TIME = 100


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What is said of a file before it arrives. ``size``: None where that is not said."""

    name: str
    media_type: str
    size: int | None


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """``path``: its file, where the database does not hold it."""

    id: UUID
    company_id: UUID
    name: str
    media_type: str
    size: int
    path: str | None
    expires_at: datetime


async def receive(house: House, upload: Upload, chunks: AsyncIterator[bytes], *, by: Actor) -> Attachment:
    """Store what arrives, never more of it in memory than a part. What was uploaded before is the same
    attachment, for another day. Raises Refused, and what ``chunks`` raises; nothing is left of it then."""
    row = await _reserved(house, upload, by)
    try:
        size, digest = await _stored(house, row, chunks)
        earlier = await _same(row, size, digest, by)
        if earlier is None:
            return await _completed(house, row, size, digest)
    except BaseException:
        await asyncio.shield(shelf.discard(house, [row]))
        raise
    await shelf.discard(house, [row])
    return earlier


async def owned(ids: Sequence[UUID | None], *, by: Actor) -> tuple[Attachment, ...]:
    """The caller's attachments of these ids, in order, each once. Raises Refused, naming the others."""
    wanted = [one for one in ids if one is not None]
    rows = await models.Attachment.filter(
        id__in=wanted, company_id=by.company_id, caller=by.key, complete=True, expires_at__gt=now()
    )
    found = {row.id: _shown(row) for row in rows}
    if problems := [_gone(index) for index, one in enumerate(ids) if one not in found]:
        raise Refused(*problems)
    return tuple(found[one] for one in dict.fromkeys(wanted))


async def content_of(house: House, attachment: Attachment) -> bytes:
    """Raises Refused where it has just been swept away."""
    content = await shelf.read(house, attachment.company_id, attachment.id, attachment.path)
    if content is None or len(content) != attachment.size:
        message = f"{attachment.name} has expired; upload it again."
        raise Refused(Problem(ProblemCode.NOT_FOUND, message, ("attachmentIds",)))
    return content


async def sweep(house: House) -> int:
    """Takes away what has expired, whether it had arrived or not; how many there were."""
    count = 0
    while rows := await models.Attachment.filter(expires_at__lte=now()).limit(SWEPT_AT_A_TIME):
        await shelf.discard(house, rows)
        count += len(rows)
    return count


async def _reserved(house: House, upload: Upload, by: Actor) -> models.Attachment:
    """A row that counts in full before the first octet has come. Written before it is counted, so that of two
    at once neither is overlooked."""
    if not (by.may(Permission.SEND) or by.may(Permission.SEND_FOR_OTHERS)):
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, "This needs the permission SEND."))
    most, at = house.settings.attachment_bytes, now()
    if upload.size is not None and upload.size > most:
        raise Refused(_too_large(most))
    attachment_id = uuid7()
    path = f"{by.company_id}/{attachment_id}" if house.settings.attachments_folder else None
    row = await models.Attachment.create(
        id=attachment_id,
        company_id=by.company_id,
        caller=by.key,
        name=upload.name,
        media_type=upload.media_type,
        size=most if upload.size is None else upload.size,
        path=path,
        created_at=at,
        expires_at=at + HALF_ARRIVED_LASTS,
    )
    (held,) = await select(
        """SELECT COUNT(*) AS files, SUM(size) AS octets FROM attachment
           WHERE company_id = $1 AND caller = $2 AND expires_at > $3""",
        by.company_id,
        by.key,
        at,
    )
    if held["files"] > MOST_OF_A_CALLER or held["octets"] > house.settings.attachments_per_caller_bytes:
        await shelf.discard(house, [row])
        message = "You have as many attachments stored as you may. Each is kept for a day; try again later."
        raise Refused(Problem(ProblemCode.TOO_MANY, message))
    return row


async def _stored(house: House, row: models.Attachment, chunks: AsyncIterator[bytes]) -> tuple[int, str]:
    """Its size, and its digest in hexadecimal."""
    digest, waiting, size, position = hashlib.sha256(), bytearray(), 0, 0
    async for chunk in chunks:
        size += len(chunk)
        if size > house.settings.attachment_bytes:
            raise Refused(_too_large(house.settings.attachment_bytes))
        digest.update(chunk)
        waiting += chunk
        while len(waiting) >= shelf.PART:
            await shelf.put(house, row, position, bytes(waiting[: shelf.PART]))
            del waiting[: shelf.PART]
            position += 1
    if waiting:
        await shelf.put(house, row, position, bytes(waiting))
    await shelf.finish(house, row)
    return size, digest.hexdigest()


async def _same(row: models.Attachment, size: int, digest: str, by: Actor) -> Attachment | None:
    """What the caller uploaded before, kept for another day from now."""
    rows = await select(
        """UPDATE attachment SET expires_at = $1
           WHERE company_id = $2 AND expires_at > $3 AND caller = $4 AND complete
             AND digest = $5 AND name = $6 AND media_type = $7 AND size = $8
           RETURNING id, name, media_type, size, path, expires_at""",
        now() + LASTS,
        by.company_id,
        now(),
        by.key,
        digest,
        row.name,
        row.media_type,
        size,
    )
    if not rows:
        return None
    found = rows[0]
    return Attachment(
        id=as_id(found["id"]),
        company_id=row.company_id,
        name=found["name"],
        media_type=found["media_type"],
        size=found["size"],
        path=found["path"],
        expires_at=as_instant(found["expires_at"]),
    )


async def _completed(house: House, row: models.Attachment, size: int, digest: str) -> Attachment:
    row.size, row.digest, row.complete, row.expires_at = size, digest, True, now() + LASTS
    await row.save(update_fields=["size", "digest", "complete", "expires_at"])
    return _shown(row)


def _shown(row: models.Attachment) -> Attachment:
    return Attachment(
        id=row.id,
        company_id=row.company_id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        path=row.path,
        expires_at=row.expires_at,
    )


def _gone(index: int) -> Problem:
    message = "There is no such attachment of yours. Each is kept for a day; upload it again."
    return Problem(ProblemCode.NOT_FOUND, message, ("attachmentIds", str(index)))


def _too_large(most: int) -> Problem:
    message = f"A file may have {most / 1_000_000:,.1f} MB. Send less, or a link to it."
    return Problem(ProblemCode.TOO_LARGE, message)
