"""What is found out of a field's selection, once for as long as its document is kept."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from operator import is_
from typing import Any, TypeVar

from graphql import FieldNode, GraphQLResolveInfo
from strawberry.types.nodes import get_variable_values

from letterhead.schema.asked import variables_below
from letterhead.schema.recent import Recent

KEY = "letterhead.once"
"""Where a schema keeps what was found out, among its ``extensions``."""

MOST_KEPT, MOST_CHARACTERS, MOST_EACH = 1000, 500_000, 20

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Known:
    """``nodes``: held, so that no others have their places in memory. ``variables``: on whose values it
    depends what is asked. ``found``: by what finds it and those values."""

    nodes: Sequence[FieldNode]
    variables: tuple[str, ...]
    found: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def is_of(self, nodes: Sequence[FieldNode]) -> bool:
        return len(nodes) == len(self.nodes) and all(map(is_, nodes, self.nodes))


def found_once(raw: GraphQLResolveInfo[Any], find: Callable[..., T], *more: Hashable) -> T:
    """What ``find``, a function of a module, makes of ``raw`` and ``more``: of the document and its variables
    below the field that is being resolved, and of nothing else."""
    known = _known(raw)
    given: tuple[Any, ...] = ()
    if known.variables:
        values = get_variable_values(raw)
        given = tuple(values.get(name) for name in known.variables)
        if not all(value is None or type(value) in {bool, int, str} for value in given):
            return find(raw, *more)
    key = (find, more, given)
    found: T | None = known.found.get(key)
    if found is None:
        if len(known.found) >= MOST_EACH:
            known.found.clear()
        found = known.found[key] = find(raw, *more)
    return found


def _known(raw: GraphQLResolveInfo[Any]) -> _Known:
    if KEY not in raw.schema.extensions:
        raw.schema.extensions[KEY] = Recent(most=MOST_KEPT, most_characters=MOST_CHARACTERS)
    kept: Recent[_Known] = raw.schema.extensions[KEY]
    nodes, place = raw.field_nodes, id(raw.field_nodes[0])
    known = kept.get(place)
    if known is None or not known.is_of(nodes):
        known = _Known(nodes=nodes, variables=variables_below(raw, nodes))
        loc = nodes[0].loc
        kept.keep(place, known, characters=len(loc.source.body) if loc else MOST_CHARACTERS)
    return known
