"""What an operation may come to, told from its text, its variables and the schema: nothing is executed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

LARGEST_PAGE = 100
OF_A_LIST = 10
"""What a list is taken for that says nothing of its length, such as a provider's presets."""

OF_OBJECTS = 100
"""So many cost 1."""

OF_A_SEND, OF_A_PROBE = 10, 100
SENDS = frozenset({"sendMessage", "retryMessage", "releaseMessages"})
PROBES = frozenset({"discover", "testAccount", "startSignIn", "continueSignIn", "createSignInLink"})
"""What looks at somebody else's servers."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """``objects``: how many the answer may hold. ``points``: what the caller's allowance is asked for.

    ``varies``: with the variables that were sent.
    """

    objects: int
    points: int
    varies: bool = field(default=False, compare=False)


@dataclass(kw_only=True)
class _Operation:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    known: dict[tuple[str, int | None], int] = field(default_factory=dict)
    varies: bool = False


def cost_of(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
) -> Cost:
    """``operation``: one that is valid, so that no fragment spreads itself and every field is there.

    ``variables``: as they were sent, not yet judged.
    """
    root = schema.get_root_type(operation.operation)
    assert root is not None, "it is valid"
    defaults = {
        definition.variable.name.value: _literal(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value
    }
    known = _Operation(schema=schema, fragments=fragments, variables={**defaults, **variables})
    objects = _objects(known, operation.selection_set, root, None)
    asked = list(_root_fields(operation.selection_set, fragments))
    extra = sum(OF_A_SEND * (name in SENDS) + OF_A_PROBE * (name in PROBES) for name in asked)
    return Cost(objects=objects, points=1 + objects // OF_OBJECTS + extra, varies=known.varies)


def _objects(known: _Operation, selections: SelectionSetNode, on: GraphQLNamedType, page: int | None) -> int:
    """``page``: how many the lists of this connection hold."""
    total = 0
    for node in selections.selections:
        match node:
            case FieldNode():
                total += _of_field(known, node, on, page)
            case InlineFragmentNode(type_condition=condition, selection_set=inner):
                within = known.schema.type_map[condition.name.value] if condition else on
                total += _objects(known, inner, within, page)
            case FragmentSpreadNode(name=name):
                total += _of_fragment(known, name.value, page)
    return total


def _of_fragment(known: _Operation, name: str, page: int | None) -> int:
    """Counted once for each page it may stand in, however often it is spread."""
    if (name, page) not in known.known:
        fragment = known.fragments[name]
        on = known.schema.type_map[fragment.type_condition.name.value]
        known.known[name, page] = _objects(known, fragment.selection_set, on, page)
    return known.known[name, page]


def _of_field(known: _Operation, node: FieldNode, on: GraphQLNamedType, page: int | None) -> int:
    definition = _definition(on, node.name.value)
    if definition is None or node.selection_set is None:
        return 0
    of = get_named_type(definition.type)
    if is_leaf_type(of):
        return 0
    times = 1
    if is_list_type(get_nullable_type(definition.type)):
        times = _ids(known, node) if page is None else page
    return times * (1 + _objects(known, node.selection_set, of, _page(known, node, definition)))


def _definition(on: GraphQLNamedType, name: str) -> GraphQLField | None:
    """None for what introspection asks, which the schema's own size bounds."""
    if not isinstance(on, GraphQLObjectType | GraphQLInterfaceType):
        return None
    found: GraphQLField | None = on.fields.get(name)
    return found


def _page(known: _Operation, node: FieldNode, definition: GraphQLField) -> int | None:
    """How many entries the connection at ``node`` may have; None where it is no connection."""
    if "first" not in definition.args:
        return None
    given = _argument(known, node, "first", definition.args["first"].default_value)
    return min(max(given, 0), LARGEST_PAGE) if isinstance(given, int) else LARGEST_PAGE


def _ids(known: _Operation, node: FieldNode) -> int:
    """A list that is asked for by ids is as long as they are."""
    given = _argument(known, node, "ids", None)
    return len(given) if isinstance(given, list) else OF_A_LIST


def _argument(known: _Operation, node: FieldNode, name: str, default: object) -> object:
    value = next((argument.value for argument in node.arguments or () if argument.name.value == name), None)
    if isinstance(value, VariableNode):
        known.varies = True
        return known.variables.get(value.name.value, default)
    return default if value is None else _literal(value)


def _literal(value: ValueNode) -> object:
    match value:
        case IntValueNode():
            return int(value.value)
        case ListValueNode():
            return list(value.values)
    return None


def _root_fields(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> list[str]:
    """By the names of the schema, with what fragments add."""
    names: list[str] = []
    for node in selections.selections:
        match node:
            case FieldNode():
                names.append(node.name.value)
            case InlineFragmentNode(selection_set=inner):
                names += _root_fields(inner, fragments)
            case FragmentSpreadNode(name=name):
                names += _root_fields(fragments[name.value].selection_set, fragments)
    return names
