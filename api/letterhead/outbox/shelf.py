"""Where the bytes of attachments lie: in the database, in parts, or as files below the operator's folder.

A file is written beside its place and renamed when it is whole, so that nobody ever reads half of one.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from letterhead.house import House
from letterhead.store import models
from letterhead.store.database import select, transaction

PART = 256 * 1024
"""Octets of a row; of a file what is written at a time."""


async def put(house: House, row: models.Attachment, position: int, content: bytes) -> None:
    if row.path is None:
        await models.AttachmentPart.create(
            company_id=row.company_id, attachment_id=row.id, position=position, content=content
        )
    else:
        await asyncio.to_thread(_append, _beside(_file(house, row.path)), content)


async def finish(house: House, row: models.Attachment) -> None:
    """All of it has been put."""
    if row.path is not None:
        await asyncio.to_thread(_rename, _file(house, row.path))


async def read(house: House, company_id: UUID, attachment_id: UUID, path: str | None) -> bytes | None:
    """All of it, or None for what is gone, perhaps with the setting that named its folder."""
    if path is not None:
        folder = house.settings.attachments_folder
        return await asyncio.to_thread(_read, folder / path) if folder else None
    rows = await select(
        """SELECT content FROM attachment_part WHERE company_id = $1 AND attachment_id = $2
           ORDER BY position""",
        company_id,
        attachment_id,
    )
    return b"".join(bytes(row["content"]) for row in rows)


async def discard(house: House, rows: Sequence[models.Attachment]) -> None:
    """The files first: a row without its file can be found again, a file without its row cannot."""
    if folder := house.settings.attachments_folder:
        for path in [row.path for row in rows if row.path is not None]:
            await asyncio.to_thread(_unlink, folder / path)
    ids = [row.id for row in rows]
    async with transaction():
        await models.AttachmentPart.filter(attachment_id__in=ids).delete()
        await models.Attachment.filter(id__in=ids).delete()


def _file(house: House, path: str) -> Path:
    folder = house.settings.attachments_folder
    assert folder is not None, "it has a path because there is a folder"
    return folder / path


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.part")


def _append(file: Path, content: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, mode=0o600), "ab") as opened:
        opened.write(content)


def _rename(file: Path) -> None:
    part = _beside(file)
    if not part.exists():
        _append(part, b"")
    with part.open("rb") as opened:
        os.fsync(opened.fileno())
    part.replace(file)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _unlink(file: Path) -> None:
    file.unlink(missing_ok=True)
    _beside(file).unlink(missing_ok=True)
