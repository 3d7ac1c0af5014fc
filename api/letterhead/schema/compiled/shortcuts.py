"""What is known of a schema beyond graphql-core, so that less has to be found out for every value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLAbstractType, GraphQLEnumType, GraphQLField, GraphQLObjectType

from letterhead.schema.compiled.plan import Field
from letterhead.schema.compiled.run import At, Run


@dataclass(frozen=True)
class Members:
    """What is answered for the members of an enumeration in Python, ``kind``."""

    kind: type
    names: Mapping[Any, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Direct:
    """A resolver without what is wrapped around it for every field.

    ``alone``: itself, where it takes nothing but the source.
    ``bind``: for converted arguments, what returns what it returns, or raises what it raises.
    ``convert``: from arguments as graphql-core coerces them, where none can be changed. Has no effects.
    """

    alone: Callable[[Any], Any] | None
    bind: Callable[[Mapping[str, Any]], Callable[[Run, Any, At], Any]]
    convert: Callable[[Mapping[str, Any]], Mapping[str, Any]]


def _nothing(_of: object) -> None:
    return None


def _no_classes(_of: GraphQLObjectType) -> frozenset[type]:
    return frozenset()


def _no_class(_of: GraphQLAbstractType, _one: GraphQLObjectType) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Shortcuts:
    """Where nothing is known, the schema itself is asked for every value.

    ``attribute``: what is read of a source, such as ``name`` or ``row.name``, and is all that the field's
    resolver would return.
    ``direct``: another way to what the field's resolver returns.
    ``members``: of the enumeration in Python that a type is made from.
    ``classes``: an object of just one of these is of this type, by its is_type_of too, and neither an
    exception nor awaitable; unless it has the attribute ``mark``, by which it says what else it is.
    ``class_in``: an object of just this class, without the mark, is this one of an abstract type's types, by
    the resolve_type of that.
    """

    attribute: Callable[[GraphQLField], str | None] = _nothing
    direct: Callable[[Field], Direct | None] = _nothing
    members: Callable[[GraphQLEnumType], Members | None] = _nothing
    classes: Callable[[GraphQLObjectType], frozenset[type]] = _no_classes
    class_in: Callable[[GraphQLAbstractType, GraphQLObjectType], type | None] = _no_class
    mark: str = "__class__"


NO_SHORTCUTS = Shortcuts()
