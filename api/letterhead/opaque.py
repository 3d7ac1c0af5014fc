"""Opaque ids: the type's name and the row's id, so that any object can be fetched again by its id alone."""

from base64 import urlsafe_b64encode
from binascii import b2a_base64
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

MOST_KEPT = 2000
"""Of each type: the same objects are shown again and again."""


def opaque_id(type_name: str, key: UUID | str) -> str:
    """``type_name``: the schema's name of the type, such as ``Message``."""
    return urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("=")


def opaque_ids(type_name: str) -> Callable[[UUID | str], str]:
    """The same for one type, of which a page may have hundreds.

    base64 of a name and hexadecimal digits has no character that is not safe in an address.
    """
    prefix = f"{type_name}:"
    padding = -len(f"{type_name}:{UUID(int=0)}") % 3
    end = -padding or None

    @lru_cache(maxsize=MOST_KEPT)
    def encode(key: UUID | str) -> str:
        return b2a_base64((prefix + str(key)).encode(), newline=False)[:end].decode()

    return encode
