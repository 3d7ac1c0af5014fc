"""Fields that show what another object holds, when they are asked for: nothing is copied beforehand."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import strawberry

from letterhead.opaque import opaque_ids

READS = "reads"
"""Names on a resolver the attributes that are all that it reads, such as ``account.address``."""


def shown(path: str, description: str, show: Callable[[Any], object] | None = None) -> Any:
    """A field of the type that it is annotated with, whose value is at ``path``, or what ``show`` makes of it
    unless it is null."""
    get = attrgetter(path)

    def read(self: Any) -> Any:
        value = get(self)
        return value if show is None or value is None else show(value)

    del read.__annotations__["return"]  # the field's own says more
    if show is None:
        setattr(read, READS, path)
    return strawberry.field(resolver=read, description=description)


def shown_id(type_name: str, path: str) -> Any:
    """An opaque id, made of the row's at ``path``."""
    get, encode = attrgetter(path), opaque_ids(type_name)

    def show(self: Any) -> strawberry.ID:
        return encode(get(self))  # type: ignore[return-value]  # an ID is a text

    return strawberry.field(resolver=show, description="Opaque, and the same for ever.")
