"""Opaque ids as clients give them, read back."""

import base64
import binascii
from uuid import UUID

import strawberry

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.opaque import opaque_id
from letterhead.store.database import as_id


def encode(type_name: str, key: UUID | str) -> strawberry.ID:
    return strawberry.ID(opaque_id(type_name, key))


def decode(opaque: str) -> tuple[str, str] | None:
    """The type's name and the key, or None for what is no id of ours."""
    try:
        padded = opaque + "=" * (-len(opaque) % 4)
        type_name, colon, key = (
            base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition(":")
        )
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (type_name, key) if colon else None


def row_id(opaque: str, type_name: str) -> UUID | None:
    """The row's id, if ``opaque`` is the id of a ``type_name``."""
    decoded = decode(opaque)
    if decoded is None or decoded[0] != type_name:
        return None
    try:
        return as_id(decoded[1])
    except ValueError:
        return None


def given_id(opaque: str, type_name: str, *path: str) -> UUID:
    """The row's id of an input field. Raises Refused (NOT_FOUND) that names the field."""
    found = row_id(opaque, type_name)
    if found is None:
        raise Refused(Problem(ProblemCode.NOT_FOUND, f"There is no {type_name} with this id.", path))
    return found


def given_ids(opaque: list[strawberry.ID] | None, type_name: str, *path: str) -> tuple[UUID, ...]:
    return tuple(given_id(one, type_name, *path, str(index)) for index, one in enumerate(opaque or ()))
