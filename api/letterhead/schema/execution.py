"""Where Strawberry meets compiled operations: what it knows of resolvers, types and enumerations."""

from collections.abc import Iterable
from enum import Enum
from typing import Any, ClassVar

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from letterhead.schema.compiled.executor import CompiledExecutor
from letterhead.schema.compiled.shortcuts import Members, Shortcuts
from letterhead.schema.context import Context

DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF


def _attribute(field: GraphQLField) -> str | None:
    """Of a field without a resolver, an extension or a permission of its own."""
    definition = field.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryField) or not definition.is_basic_field:
        return None
    is_default = getattr(field.resolve, "_is_default", False) and definition.default_resolver is getattr
    is_ordinary = type(definition).get_result is StrawberryField.get_result
    return definition.python_name if is_default and is_ordinary else None


def _members(enum: GraphQLEnumType) -> Members | None:
    definition = enum.extensions.get(DEFINITION)
    if not isinstance(enum, CustomGraphQLEnumType) or not isinstance(definition, StrawberryEnumDefinition):
        return None
    try:
        members: Iterable[Enum] = definition.wrapped_cls
        names = {member: enum.coerce_output_value(member) for member in members}
    except ValueError:
        return None
    return Members(definition.wrapped_cls, names)


def _classes(of: GraphQLObjectType) -> frozenset[type]:
    definition = of.extensions.get(DEFINITION)
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of is not None:
        return frozenset()
    made_of = (definition, definition.concrete_of) if definition.concrete_of else (definition,)
    return frozenset(one.origin for one in made_of if _is_plain(one.origin))


def _is_plain(kind: type) -> bool:
    looks_up = hasattr(kind, "__getattr__") or "__getattribute__" in vars(kind)
    return not (looks_up or hasattr(kind, "__await__") or issubclass(kind, Exception))


def _class_in(of: GraphQLAbstractType, one: GraphQLObjectType) -> type | None:
    """Interfaces and unions name the type of an object by its class, unless that is generic."""
    definition, among = one.extensions.get(DEFINITION), of.extensions.get(DEFINITION)
    if getattr(among, "resolve_type", None) or not isinstance(definition, StrawberryObjectDefinition):
        return None
    is_named = (
        definition.name == one.name and not definition.concrete_of and not definition.is_graphql_generic
    )
    return next(iter(_classes(one)), None) if is_named else None


class Execution(CompiledExecutor, StrawberryGraphQLCoreExecutionContext):
    """How operations are executed: compiled, where they are covered and it is not switched off."""

    shortcuts: ClassVar[Shortcuts] = Shortcuts(
        attribute=_attribute,
        members=_members,
        classes=_classes,
        class_in=_class_in,
        mark=TYPE_CAST_ATTRIBUTE,
    )

    @property
    def may_compile(self) -> bool:
        context: Any = self.context_value
        is_off = isinstance(context, Context) and not context.house.settings.compiled_operations
        return not is_off and super().may_compile
