"""What an operation asks of the choice of a sender, so that all of it is read at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import is_
from typing import Any

from graphql import FieldNode, GraphQLResolveInfo
from strawberry.types.nodes import get_variable_values

from letterhead.schema.asked import argument, below, raw_info, variables_below
from letterhead.schema.context import Info
from letterhead.schema.recent import Recent
from letterhead.store.pages import MOST

OF_ID = frozenset({"id", "__typename"})
NODES = frozenset({"nodes", "__typename"})
KEY = "letterhead.senders_asked"
"""Where a schema keeps what documents ask for, among its ``extensions``."""
MOST_KEPT, MOST_CHARACTERS, MOST_EACH = 1000, 500_000, 20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``candidates``, ``excluded``: how many the first page has, if it is asked for. ``cursors``: whether a
    page is asked for more than its nodes. ``whole``: the fields that are asked for more of their accounts
    than the ids."""

    candidates: int | None
    excluded: int | None
    cursors: bool
    whole: frozenset[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Known:
    """``nodes``: held, so that no others have their places in memory. ``variables``: on whose values it
    depends what is asked."""

    nodes: Sequence[FieldNode]
    variables: tuple[str, ...]
    asked: dict[tuple[Any, ...], Asked] = field(default_factory=dict)

    def is_of(self, nodes: Sequence[FieldNode]) -> bool:
        return len(nodes) == len(self.nodes) and all(map(is_, nodes, self.nodes))


def asked_of(info: Info) -> Asked:
    """Of the field being resolved, which answers with a resolution."""
    raw = raw_info(info)
    known = _known(raw)
    values = get_variable_values(raw)
    given = tuple(values.get(name) for name in known.variables)
    if not all(value is None or type(value) in {bool, int, str} for value in given):
        return _asked_of(raw)
    asked = known.asked.get(given)
    if asked is None:
        if len(known.asked) >= MOST_EACH:
            known.asked.clear()
        asked = known.asked[given] = _asked_of(raw)
    return asked


def _known(raw: GraphQLResolveInfo[Any]) -> _Known:
    """What a document asks for is found out once for as long as it is kept."""
    if KEY not in raw.schema.extensions:
        raw.schema.extensions[KEY] = Recent(most=MOST_KEPT, most_characters=MOST_CHARACTERS)
    kept: Recent[_Known] = raw.schema.extensions[KEY]
    nodes, place = raw.field_nodes, str(id(raw.field_nodes[0]))
    known = kept.get(place)
    if known is None or not known.is_of(nodes):
        known = _Known(nodes=nodes, variables=variables_below(raw, nodes))
        loc = nodes[0].loc
        kept.keep(place, known, characters=len(loc.source.body) if loc else MOST_CHARACTERS)
    return known


def _asked_of(raw: GraphQLResolveInfo[Any]) -> Asked:
    fields = below(raw, raw.field_nodes)
    whole = {name for name in ("candidates", "excluded") if _whole(raw, _nodes(raw, fields.get(name, ())))}
    if "problem" in fields or _whole(raw, raw.field_nodes):
        whole.add("account")
    pages = below(raw, [*fields.get("candidates", ()), *fields.get("excluded", ())])
    return Asked(
        cursors=bool(pages.keys() - NODES),
        candidates=_first(raw, fields.get("candidates", ())),
        excluded=_first(raw, fields.get("excluded", ())),
        whole=frozenset(whole),
    )


def asks_for_whole_accounts(info: Info) -> bool:
    """Of the field being resolved, which answers with a connection."""
    raw = raw_info(info)
    return _whole(raw, _nodes(raw, raw.field_nodes))


def _nodes(raw: GraphQLResolveInfo[Any], connections: Iterable[FieldNode]) -> list[FieldNode]:
    asked = below(raw, connections)
    return [*asked.get("nodes", ()), *below(raw, asked.get("edges", ())).get("node", ())]


def _whole(raw: GraphQLResolveInfo[Any], parents: Iterable[FieldNode]) -> bool:
    return bool(below(raw, below(raw, parents).get("account", ())).keys() - OF_ID)


def _first(raw: GraphQLResolveInfo[Any], connections: Iterable[FieldNode]) -> int | None:
    """Of several, one is read ahead. A wrong one is left to its resolver, which says so."""
    for node in connections:
        first = argument(raw, node, "first", 25)
        if argument(raw, node, "after", None) is None and type(first) is int and 1 <= first <= MOST:
            return first
    return None
