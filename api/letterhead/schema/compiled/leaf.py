"""Scalars and members of enumerations, as Python that is written for one field."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLString,
)
from graphql.type import GraphQLNullableType

from letterhead.schema.compiled.shortcuts import Shortcuts

PLAIN = {
    GraphQLString: "type({0}) is str",
    GraphQLID: "type({0}) is str",
    GraphQLBoolean: "type({0}) is bool",
    GraphQLInt: "type({0}) is int and -2147483648 <= {0} <= 2147483647",
}
"""What of the specification's scalars is answered as it is."""

SAFE = frozenset({str, int, float, bool, list, dict, datetime, date, Decimal, UUID})
"""Nothing of these is awaitable, nor an exception."""

Name: TypeAlias = Callable[[str, Any], str]
"""From a hint and a value to a name that stands for it in what is written."""


class NotReadingError(Exception):
    """A field of a selection does more than read."""


def is_plain(of: GraphQLNullableType) -> str | None:
    """A test of ``{0}``, whether it is answered as it is."""
    if not isinstance(of, GraphQLScalarType):
        return None
    return PLAIN[GraphQLString] if of.coerce_output_value is str else PLAIN.get(of)


def leaf(
    of: GraphQLNullableType, value: str, name: Name, shortcuts: Shortcuts, *, optional: bool
) -> Iterator[str]:
    """From what was read to what is answered, both in the variable ``value``; ``optional``: it may be null.
    Raises NotReadingError."""
    unless = f" and {value} is not None" if optional else ""
    plain = is_plain(of)
    members = shortcuts.members(of) if isinstance(of, GraphQLEnumType) else None
    if plain is not None:
        yield f"if not ({plain.format(value)}){unless}: raise NotAtHandError"
    elif members is not None:
        yield f"if type({value}) is {name('kind', members.kind)}:"
        yield f"    {value} = {name('names', members.names)}[{value}]"
        yield f"elif {f'{value} is not None' if optional else 'True'}: raise NotAtHandError"
    elif isinstance(of, GraphQLScalarType):
        written, safe = name("written", of.coerce_output_value), name("safe", SAFE)
        yield f"if type({value}) in {safe}:"
        yield f"    {value} = {written}({value})"
        yield f"    if type({value}) not in {safe}: raise NotAtHandError"
        yield f"elif {f'{value} is not None' if optional else 'True'}: raise NotAtHandError"
    else:
        raise NotReadingError
