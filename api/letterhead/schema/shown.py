"""Fields that only read: what another object holds, or what was read ahead. Nothing is copied beforehand.

Each says what it reads, so that compiled operations can read it without asking its resolver.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

import strawberry

from letterhead.opaque import opaque_ids
from letterhead.schema.compiled.shortcuts import Reading, Show, Wrapping

READING = "reading"
"""Where a resolver keeps what it reads."""

WRAPPED = "__wrapped_by__"
"""Where a class of the schema keeps the functions that make objects of it."""

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def wrapping(kind: type[T], name: str, of: type, **fixed: Any) -> Wrapping[T]:
    """A function from an ``of`` to a ``kind`` that holds it as ``name``, and for all the same ``fixed``."""
    made = Wrapping(kind, name, of, fixed=fixed)
    setattr(kind, WRAPPED, (*wrappings(kind), made))
    return made


def wrappings(kind: type) -> tuple[Wrapping[Any], ...]:
    """The functions by which objects of just this class are made."""
    known: tuple[Wrapping[Any], ...] = vars(kind).get(WRAPPED, ())
    return known


def reads(reading: Reading) -> Callable[[F], F]:
    """Says of a resolver that this is all it does."""

    def said(resolver: F) -> F:
        setattr(resolver, READING, reading)
        return resolver

    return said


def shown(
    path: str,
    description: str,
    show: Show | str | None = None,
    *,
    each: bool = False,
    name: str | None = None,
) -> Any:
    """A field of the type that it is annotated with, whose value is at ``path``, or what ``show`` makes of it
    unless it is null; ``each``: of each of a list. A text is the attribute of the object that holds it.
    ``name``: the schema's, where it is no name in Python."""
    get = attrgetter(path)

    def read(self: Any) -> Any:
        value = get(self)
        if show is None or value is None:
            return value
        made = getattr(self, show) if isinstance(show, str) else show
        more = {name: getattr(self, name) for name in made.more} if isinstance(made, Wrapping) else {}
        if not each:
            return made(value, **more)
        return [None if one is None else made(one, **more) for one in value]

    del read.__annotations__["return"]  # the field's own says more
    reading = Reading(path=path, show=show, each=each)
    return strawberry.field(resolver=reads(reading)(read), description=description, name=name)


def shown_id(type_name: str, path: str) -> Any:
    """An opaque id, made of the row's at ``path``."""
    get, encode = attrgetter(path), opaque_ids(type_name)

    @reads(Reading(path=path, show=encode))
    def show(self: Any) -> strawberry.ID:
        return encode(get(self))  # type: ignore[return-value]  # an ID is a text

    return strawberry.field(resolver=show, description="Opaque, and the same for ever.")
