"""What an operation asks of the choice of a sender, so that all of it is read at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLResolveInfo

from letterhead.schema.asked import argument, below, raw_info
from letterhead.schema.context import Info
from letterhead.schema.once import found_once
from letterhead.store.pages import MOST

OF_ID = frozenset({"id", "__typename"})
NODES = frozenset({"nodes", "__typename"})


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``candidates``, ``excluded``: how many the first page has, if it is asked for. ``cursors``: whether a
    page is asked for more than its nodes. ``whole``: the fields that are asked for more of their accounts
    than the ids."""

    candidates: int | None
    excluded: int | None
    cursors: bool
    whole: frozenset[str]


def asked_of(info: Info) -> Asked:
    """Of the field being resolved, which answers with a resolution."""
    return found_once(raw_info(info), _asked_of)


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
