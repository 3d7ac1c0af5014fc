"""An execution of an operation, as compiled functions see it."""

from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

from graphql import GraphQLOutputType, GraphQLResolveInfo
from graphql.execution import Executor
from graphql.pyutils import Path

from letterhead.schema.compiled.plan import Field

At: TypeAlias = "tuple[At | None, str | int, str | None]"
"""A place in the answer, as in graphql-core's Path: what is above it, key or index, and the type's name.

One is made for every value, and a Path of it where somebody wants to know.
"""


class Run(Executor[Any]):
    """``bound``: the resolvers of fields, with arguments that are the same at each of its objects."""

    bound: dict[Hashable, Any]


Select: TypeAlias = Callable[[Run, Any, "At | None"], Any]
"""From an object and its place to the results of a selection, or an awaitable of them."""

Complete: TypeAlias = Callable[[Run, Any, At], Any]


def path_of(at: At) -> Path:
    above, key, typename = at
    return Path(None if above is None else path_of(above), key, typename)


def info_of(field: Field, run: Run, at: At) -> GraphQLResolveInfo[Any]:
    """For a field, also at the place of one of its items: there is one for all of them."""
    while type(at[1]) is int:
        assert at[0] is not None
        at = at[0]
    return run.build_resolve_info(field.definition, field.nodes, field.parent, path_of(at))


def failed(run: Run, error: Exception, of: GraphQLOutputType, field: Field, at: At) -> None:
    """Keeps the error of a value of the type ``of``, or raises it where that must not be null."""
    run.handle_field_error(error, of, field.details, path_of(at))
