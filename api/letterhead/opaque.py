"""Opaque ids: the type's name and the row's id, so that any object can be fetched again by its id alone."""

from base64 import urlsafe_b64encode
from binascii import b2a_base64
from uuid import UUID


def opaque_id(type_name: str, key: UUID | str) -> str:
    """``type_name``: the schema's name of the type, such as ``Message``."""
    told = f"{type_name}:{key}".encode()
    if isinstance(key, UUID):  # of names and hexadecimal digits no base64 has a character that is not safe
        return b2a_base64(told, newline=False).decode().rstrip("=")
    return urlsafe_b64encode(told).decode().rstrip("=")
