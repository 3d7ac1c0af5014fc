"""What is asked: of which types, and below which field, told from the document."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    GraphQLSchema,
    SelectionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    value_from_ast_untyped,
    visit,
)
from graphql.language import Visitor
from strawberry.types.info import Info
from strawberry.types.nodes import get_variable_values

FieldsOf = Mapping[str, frozenset[str]]
"""By the names of types, those of their fields that are asked for anywhere in a document."""


def fields_of_types(schema: GraphQLSchema, document: DocumentNode) -> FieldsOf:
    types, found = TypeInfo(schema), defaultdict(set)

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            if parent := types.get_parent_type():
                found[parent.name].add(node.name.value)

    visit(document, TypeInfoVisitor(types, Fields()))
    return {name: frozenset(fields) for name, fields in found.items()}


def raw_info(info: Info[Any, Any]) -> GraphQLResolveInfo[Any]:
    return info._raw_info  # noqa: SLF001 - Strawberry's selected_fields converts all of an operation each time


def below(info: GraphQLResolveInfo[Any], nodes: Iterable[FieldNode]) -> dict[str, list[FieldNode]]:
    """The fields that are asked of what these lead to, by their names in the schema."""
    found: dict[str, list[FieldNode]] = {}
    for node in nodes:
        for field in _fields(info, node.selection_set.selections if node.selection_set else ()):
            found.setdefault(field.name.value, []).append(field)
    return found


def variables_below(info: GraphQLResolveInfo[Any], nodes: Iterable[FieldNode]) -> tuple[str, ...]:
    """The names of the variables on which it depends what is asked of what these lead to."""
    names: dict[str, None] = {}

    class Variables(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            names[node.name.value] = None

        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            spread[node.name.value] = info.fragments[node.name.value]

    spread: dict[str, Any] = {}
    for node in nodes:
        if node.selection_set:
            visit(node.selection_set, Variables())
    seen: set[str] = set()
    while left := spread.keys() - seen:
        for name in left:
            seen.add(name)
            visit(spread[name].selection_set, Variables())
    return tuple(names)


def argument(info: GraphQLResolveInfo[Any], node: FieldNode, name: str, default: Any) -> Any:
    """As it was given, not yet judged."""
    given = _given(info, node, name)
    return default if given is None else given


def _given(info: GraphQLResolveInfo[Any], node: FieldNode | DirectiveNode, name: str) -> Any:
    value = next((one.value for one in node.arguments or () if one.name.value == name), None)
    return None if value is None else value_from_ast_untyped(value, get_variable_values(info))


def _fields(info: GraphQLResolveInfo[Any], selections: Iterable[SelectionNode]) -> Iterator[FieldNode]:
    for node in selections:
        if node.directives and not all(_lets_in(info, directive) for directive in node.directives):
            continue
        if isinstance(node, FieldNode):
            yield node
            continue
        within: Any = info.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
        yield from _fields(info, within.selection_set.selections)


def _lets_in(info: GraphQLResolveInfo[Any], directive: DirectiveNode) -> bool:
    return {"skip": False, "include": True}.get(directive.name.value) in {None, _given(info, directive, "if")}
