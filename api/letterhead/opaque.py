"""Opaque ids: the type's name and the row's id, so that any object can be fetched again by its id alone."""

import base64
from uuid import UUID


def opaque_id(type_name: str, key: UUID | str) -> str:
    """``type_name``: the schema's name of the type, such as ``Message``."""
    return base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("=")
