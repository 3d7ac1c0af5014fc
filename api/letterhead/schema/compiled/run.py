"""An execution of an operation, as compiled functions see it."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias

from graphql import GraphQLResolveInfo
from graphql.execution import Executor
from graphql.pyutils import Path

from letterhead.schema.compiled.plan import Field


class Run(Executor[Any]):
    """``arguments``: of fields, as far as they are the same at each of its objects."""

    arguments: dict[Hashable, Mapping[str, Any]]


Select: TypeAlias = Callable[[Run, Any, Path | None], Any]
"""From an object and its path to the results of a selection, or an awaitable of them."""

Complete: TypeAlias = Callable[[Run, Any, Path], Any]


def info_of(field: Field, run: Run, at: Path) -> GraphQLResolveInfo[Any]:
    """For a field, also at the path of one of its items: there is one for all of them."""
    while type(at[1]) is int:
        assert at[0] is not None
        at = at[0]
    return run.build_resolve_info(field.definition, field.nodes, field.parent, at)
