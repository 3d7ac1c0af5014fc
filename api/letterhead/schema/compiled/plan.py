"""What an operation comes to in a schema: which fields of which types are read, in which order.

Fields are collected and merged by graphql-core itself, once, for one set of values of the variables that
``@skip`` and ``@include`` ask for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

TYPENAME = "__typename"
CONDITIONS = frozenset({"skip", "include"})
MOST_FIELDS = 500


class NotCoveredError(Exception):
    """The operation is left to graphql-core."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """A field in a selection. ``selections``: by the object types that its value may turn out to have."""

    key: str
    parent: GraphQLObjectType
    definition: GraphQLField
    details: FieldDetailsList
    nodes: list[FieldNode]
    selections: Mapping[GraphQLObjectType, "Selection"]

    @property
    def is_typename(self) -> bool:
        return self.nodes[0].name.value == TYPENAME


@dataclass(frozen=True, eq=False)
class Selection:
    """What is asked of an object of this type. One that occurs in several places is one selection."""

    number: int
    type: GraphQLObjectType
    fields: list[Field] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """An operation in a schema. ``variables``: only those that conditions ask for are looked at."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    variables: VariableValues


def conditions(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]
) -> tuple[str, ...]:
    """The variables on which it depends what is asked. Raises NotCoveredError."""
    if operation.operation is OperationType.SUBSCRIPTION:
        raise NotCoveredError("a subscription")
    names: dict[str, None] = {}
    for directive in _directives(operation, fragments):
        if directive.name.value not in CONDITIONS:
            raise NotCoveredError(f"@{directive.name.value}")
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                names[argument.value.name.value] = None
    return tuple(names)


def plan(asked: Asked, *, serially: bool) -> tuple[list[Selection], list[Selection]]:
    """Those of the root, and all there are. Raises NotCoveredError.

    ``serially``: each field of the root is a selection of its own.
    """
    root = asked.schema.get_root_type(asked.operation.operation)
    if root is None:
        raise NotCoveredError("no root type")
    planner = _Planner(asked)
    collected = collect_fields(asked.schema, asked.fragments, asked.variables, root, asked.operation)
    grouped = collected.grouped_field_set
    groups = [{key: details} for key, details in grouped.items()] if serially else [grouped]
    roots = [planner.select((number,), root, group) for number, group in enumerate(groups)]
    return roots, list(planner.selections.values())


class _Planner:
    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.selections: dict[tuple[object, ...], Selection] = {}
        self.left = MOST_FIELDS

    def select(
        self, key: tuple[object, ...], parent: GraphQLObjectType, grouped: GroupedFieldSet
    ) -> Selection:
        self.selections[key] = selection = Selection(len(self.selections), parent)
        self.left -= len(grouped)
        if self.left < 0:
            raise NotCoveredError("more fields than are worth it")
        for response_key, details in grouped.items():
            name = details[0].node.name.value
            definition = self.asked.schema.get_field(parent, name)
            if definition is None:
                continue
            if name.startswith("__") and name != TYPENAME:
                raise NotCoveredError("introspection")
            selection.fields.append(
                Field(
                    key=response_key,
                    parent=parent,
                    definition=definition,
                    details=details,
                    nodes=[detail.node for detail in details],
                    selections=self.below(definition, details),
                )
            )
        return selection

    def below(
        self, definition: GraphQLField, details: FieldDetailsList
    ) -> Mapping[GraphQLObjectType, Selection]:
        named, schema = get_named_type(definition.type), self.asked.schema
        if is_object_type(named):
            possible: Sequence[GraphQLObjectType] = [named]
        else:
            possible = schema.get_possible_types(named) if is_abstract_type(named) else ()
        return {one: self.of_type(one, details) for one in possible}

    def of_type(self, of: GraphQLObjectType, details: FieldDetailsList) -> Selection:
        key = (of, *(id(detail.node) for detail in details))
        if key in self.selections:
            return self.selections[key]
        asked = self.asked
        collected = collect_subfields(
            asked.schema, asked.fragments, asked.variables, asked.operation, of, details
        )
        return self.select(key, of, collected.grouped_field_set)


def _directives(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]
) -> Iterator[DirectiveNode]:
    yield from operation.directives or ()
    seen: set[str] = set()
    waiting: list[SelectionSetNode] = [operation.selection_set]
    while waiting:
        for node in waiting.pop().selections:
            yield from node.directives or ()
            if isinstance(node, FieldNode | InlineFragmentNode):
                waiting.extend([node.selection_set] if node.selection_set else [])
                continue
            assert isinstance(node, FragmentSpreadNode)
            fragment = fragments.get(node.name.value)
            if fragment is None or node.name.value in seen:
                continue
            if fragment.variable_signatures:
                raise NotCoveredError("variables of fragments")
            seen.add(node.name.value)
            yield from fragment.definition.directives or ()
            waiting.append(fragment.definition.selection_set)
