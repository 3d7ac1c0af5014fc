"""How large a document is, told from its text alone: before it is validated, let alone executed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

LONGEST_CHAIN = 100
"""Of fragments that spread each other, and of fields: nobody writes that, and Python's stack is finite."""

INTROSPECTING = frozenset({"__schema", "__type"})


@dataclass(frozen=True, kw_only=True)
class Size:
    """``depth``: of the deepest field, through fragments, introspection left out. ``repeats``: how often the
    same name is asked for within one pair of braces. ``roots``: of the operation that has the most fields."""

    depth: int
    aliases: int
    directives: int
    fragments: int
    repeats: int
    roots: int
    introspects: bool


class EndlessError(Exception):
    """Fragments that spread each other for longer than anybody would read."""


def size_of(document: DocumentNode) -> Size:
    """Raises EndlessError. What spreads itself is left for validation to name."""
    definitions = document.definitions
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
    sets = [node.selection_set for node in (*operations, *fragments.values())]
    selections = [selection for one in sets for selection in _all(one)]
    fields = [node for node in selections if isinstance(node, FieldNode)]
    directives = [node.directives or () for node in (*operations, *fragments.values())]
    directives += [node.directives or () for node in selections]
    depths = _Depths(fragments)
    return Size(
        depth=max((depths.of(node.selection_set) for node in operations), default=0),
        aliases=len([node for node in fields if node.alias]),
        directives=sum(map(len, directives)),
        fragments=len(fragments) + len(selections) - len(fields),
        repeats=max(map(_repeats, [*sets, *_inner(selections)]), default=0),
        roots=max((depths.roots(node.selection_set) for node in operations), default=0),
        introspects=any(node.name.value in INTROSPECTING for node in fields),
    )


class _Depths:
    """Each fragment is looked at once, however often it is spread."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._depths: dict[str, int] = {}
        self._roots: dict[str, int] = {}

    def of(self, selections: SelectionSetNode, chain: int = 0) -> int:
        if chain > LONGEST_CHAIN:
            raise EndlessError
        return max((self._below(one, chain + 1) for one in selections.selections), default=0)

    def roots(self, selections: SelectionSetNode) -> int:
        """Fields of this level, in fragments too."""
        return sum(self._fields(one) for one in selections.selections)

    def _below(self, selection: SelectionNode, chain: int) -> int:
        match selection:
            case FieldNode(name=name, selection_set=inner):
                introspects = name.value in INTROSPECTING
                return 1 + (self.of(inner, chain) if inner and not introspects else 0)
            case InlineFragmentNode(selection_set=inner):
                return self.of(inner, chain)
            case FragmentSpreadNode(name=name):
                return self._spread(name.value, chain)
        raise AssertionError(selection)

    def _spread(self, name: str, chain: int) -> int:
        if name not in self._depths and name in self._fragments:
            self._depths[name] = 0  # where it spreads itself
            self._depths[name] = self.of(self._fragments[name].selection_set, chain)
        return self._depths.get(name, 0)

    def _fields(self, selection: SelectionNode) -> int:
        match selection:
            case FieldNode():
                return 1
            case InlineFragmentNode(selection_set=inner):
                return self.roots(inner)
            case FragmentSpreadNode(name=name):
                return self._fields_of(name.value)
        raise AssertionError(selection)

    def _fields_of(self, name: str) -> int:
        if name not in self._roots and name in self._fragments:
            self._roots[name] = 0
            self._roots[name] = self.roots(self._fragments[name].selection_set)
        return self._roots.get(name, 0)


def _all(selections: SelectionSetNode) -> Iterable[SelectionNode]:
    waiting = list(selections.selections)
    while waiting:
        node = waiting.pop()
        yield node
        if (inner := _inside(node)) is not None:
            waiting += inner.selections


def _inner(selections: Iterable[SelectionNode]) -> Iterable[SelectionSetNode]:
    return (inner for node in selections if (inner := _inside(node)) is not None)


def _inside(node: SelectionNode) -> SelectionSetNode | None:
    return node.selection_set if isinstance(node, FieldNode | InlineFragmentNode) else None


def _repeats(selections: SelectionSetNode) -> int:
    names = Counter(
        (node.alias or node.name).value for node in selections.selections if isinstance(node, FieldNode)
    )
    return max(names.values(), default=0)
