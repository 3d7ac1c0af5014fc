"""What is known of a schema beyond graphql-core, so that less has to be found out for every value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from graphql import GraphQLAbstractType, GraphQLEnumType, GraphQLObjectType

from letterhead.schema.compiled.plan import Field
from letterhead.schema.compiled.run import At, Run

T = TypeVar("T")


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
    ``convert``: from arguments as graphql-core coerces them. Has no effects.
    """

    alone: Callable[[Any], Any] | None
    bind: Callable[[Mapping[str, Any]], Callable[[Run, Any, At], Any]]
    convert: Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Wrapping(Generic[T]):
    """A function from an ``of`` to a ``kind`` that holds it as ``name``, the same ``fixed`` for all, and
    ``more`` attributes of the object that it was read from.

    Where all that is asked of the ``kind`` can be read from the ``of``, none has to be made.
    """

    kind: type[T]
    name: str
    of: type
    more: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, value: Any, **more: Any) -> T:
        return self.kind(**{self.name: value}, **self.fixed, **more)


Show: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """All that a field's resolver does, which has no effects: it can be done twice.

    ``path``: the attributes that lead from its source to a value, such as ``row.name``.
    ``find``: for a run and converted arguments, a function from that value to another one, which raises
    KeyError where that is not at hand.
    ``show``: what is made of the value, or with ``each`` of each of a list, unless it is null: a function,
    one for each class, or the name of the attribute of the source that holds it.
    """

    path: str
    find: Callable[[Run, Mapping[str, Any]], Callable[[Any], Any]] | None = None
    show: Show | Mapping[type, Wrapping[Any]] | str | None = None
    each: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """An attribute that is computed. ``code``: what has to be written after the object for the value;
    ``read``: what is made of that unless it is null; ``table``: the same, as a table of all values."""

    code: str
    read: Callable[[Any], Any] | None = None
    table: Mapping[Any, Any] | None = None


def _nothing(*_of: object) -> None:
    return None


def _no_classes(_of: GraphQLObjectType) -> frozenset[type]:
    return frozenset()


def _no_class(_of: GraphQLAbstractType, _one: GraphQLObjectType) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Shortcuts:
    """Where nothing is known, the schema itself is asked for every value.

    ``reading``: all that the field's resolver does.
    ``direct``: another way to what the field's resolver returns.
    ``members``: of the enumeration in Python that a type is made from.
    ``classes``: an object of just one of these is of this type, by its is_type_of too, and neither an
    exception nor awaitable; unless it has the attribute ``mark``, by which it says what else it is.
    ``class_in``: an object of just this class, without the mark, is this one of an abstract type's types, by
    the resolve_type of that.
    ``wrapping``: the one by which all objects of this class are made.
    ``holds``: what class an attribute of this class has. ``stored``: how such an attribute is read.
    """

    reading: Callable[[Field], Reading | None] = _nothing
    direct: Callable[[Field], Direct | None] = _nothing
    members: Callable[[GraphQLEnumType], Members | None] = _nothing
    classes: Callable[[GraphQLObjectType], frozenset[type]] = _no_classes
    class_in: Callable[[GraphQLAbstractType, GraphQLObjectType], type | None] = _no_class
    wrapping: Callable[[type], Wrapping[Any] | None] = _nothing
    holds: Callable[[type, str], type | None] = _nothing
    stored: Callable[[type, str], Stored | None] = _nothing
    mark: str = "__class__"


NO_SHORTCUTS = Shortcuts()
