"""Documents that are valid and within bounds, with all that is the same whenever they are executed."""

from dataclasses import dataclass, field
from functools import cached_property

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode
from graphql.execution.collect_fields import FragmentDetails
from strawberry.types.graphql import OperationType

from letterhead.errors import NotAnswerable
from letterhead.schema.asked import FieldsOf
from letterhead.schema.limits.cost import Cost


@dataclass(eq=False)
class Operation:
    """``details``: the fragments, as graphql-core's executor takes them. ``asked``: anywhere in the document.

    ``cost``: once it has been counted, where it is the same whatever the variables are.
    """

    document: DocumentNode
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    asked: FieldsOf
    cost: Cost | None = None

    @cached_property
    def kind(self) -> OperationType:
        return OperationType(self.node.operation.value)

    @cached_property
    def name(self) -> str:
        return self.node.name.value if self.node.name else self.kind.value

    @cached_property
    def details(self) -> dict[str, FragmentDetails]:
        return {name: FragmentDetails(node, None) for name, node in self.fragments.items()}


@dataclass(frozen=True, eq=False)
class Prepared:
    document: DocumentNode
    introspects: bool
    asked: FieldsOf
    _known: dict[str | None, Operation] = field(default_factory=dict, init=False)

    def operation(self, name: str | None) -> Operation:
        """Raises NotAnswerable where there are several and none was named, or none is named so."""
        if name not in self._known:
            node = self._named(name)
            self._known[name] = Operation(self.document, node, self._fragments, self.asked)
        return self._known[name]

    @cached_property
    def _fragments(self) -> dict[str, FragmentDefinitionNode]:
        nodes = self.document.definitions
        return {node.name.value: node for node in nodes if isinstance(node, FragmentDefinitionNode)}

    def _named(self, name: str | None) -> OperationDefinitionNode:
        nodes = self.document.definitions
        operations = [node for node in nodes if isinstance(node, OperationDefinitionNode)]
        if name is None and len(operations) > 1:
            raise NotAnswerable("BAD_REQUEST", "There are several operations.", "Say which: operationName.")
        named = [node for node in operations if name is None or (node.name and node.name.value == name)]
        if not named:
            raise NotAnswerable("BAD_REQUEST", "The document has no operation of this name.")
        return named[0]
