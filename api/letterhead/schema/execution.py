"""Where Strawberry meets compiled operations: what it knows of resolvers, types and enumerations."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cached_property, partial
from inspect import signature
from typing import Any, cast

import strawberry
from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType, GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from letterhead.schema.compiled.executor import CompiledExecutor
from letterhead.schema.compiled.plan import Field
from letterhead.schema.compiled.run import At, Run, info_of
from letterhead.schema.compiled.shortcuts import (
    NO_SHORTCUTS,
    Direct,
    Members,
    Reading,
    Shortcuts,
    Stored,
    Wrapping,
)
from letterhead.schema.context import Context
from letterhead.schema.shown import READING, wrappings
from letterhead.store.rows import Column

DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF


def _reading(planned: Field) -> Reading | None:
    """Of a field without an extension, a permission, or a resolver but one that says what it reads."""
    field = planned.definition
    definition, is_default = field.extensions.get(DEFINITION), getattr(field.resolve, "_is_default", None)
    if is_default is None or not isinstance(definition, StrawberryField) or definition.extensions:
        return None
    if type(definition).get_result is not StrawberryField.get_result:
        return None
    if definition.base_resolver is not None:
        reading: Reading | None = getattr(definition.base_resolver.wrapped_func, READING, None)
        return reading
    if not is_default or definition.default_resolver is not getattr:
        return None
    return Reading(path=definition.python_name)


def _wrapping(kind: type) -> Wrapping[Any] | None:
    known = wrappings(kind)
    return known[0] if len(known) == 1 else None


def _holds(kind: type, name: str) -> type | None:
    known = {one.of for one in wrappings(kind) if one.name == name}
    return known.pop() if len(known) == 1 else None


def _stored(kind: type, name: str) -> Stored | None:
    column = vars(kind).get(name)
    if not isinstance(column, Column):
        return None
    return Stored(code=f"stored[{column.name!r}]", read=column.read, table=column.table)


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


class QuickInfo(strawberry.Info[Any, Any]):
    """Finds out about the operation when it is asked for more than the context."""

    context: Any = None

    def __init__(self, run: Run, planned: Field, at: At) -> None:
        self.context, self._asked = run.context_value, (run, planned, at)

    @cached_property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]  # it is only read
        run, planned, at = self._asked
        return info_of(planned, run, at)

    @cached_property
    def _field(self) -> StrawberryField:  # type: ignore[override]  # as above
        definition: StrawberryField = self._asked[1].definition.extensions[DEFINITION]
        return definition


def _direct(schema: strawberry.Schema, planned: Field) -> Direct | None:
    """Of a resolver that is a method, where neither extensions nor permissions stand before it."""
    definition = planned.definition.extensions.get(DEFINITION)
    is_ours = hasattr(planned.definition.resolve, "_is_default")
    if not is_ours or not isinstance(definition, StrawberryField) or definition.extensions:
        return None
    resolver = definition.base_resolver
    if resolver is None or type(definition).get_result is not StrawberryField.get_result:
        return None
    if not resolver.self_parameter or resolver.parent_parameter or resolver.root_parameter:
        return None
    function, wants_info = cast("Callable[..., Any]", resolver.wrapped_func), resolver.info_parameter

    def convert(given: Mapping[str, Any]) -> Mapping[str, Any]:
        converter = schema.schema_converter
        return convert_arguments(dict(given), definition.arguments, converter.scalar_registry, schema.config)

    return Direct(
        alone=None if wants_info or planned.definition.args else function,
        bind=_binding(function, planned, wants_info.name if wants_info else None),
        convert=convert,
    )


def _binding(
    function: Callable[..., Any], planned: Field, info: str | None
) -> Callable[[Mapping[str, Any]], Callable[[Run, Any, At], Any]]:
    """``info``: the name of the parameter that takes it."""
    is_second = info is not None and list(signature(function).parameters)[1] == info

    def bind(given: Mapping[str, Any]) -> Callable[[Run, Any, At], Any]:
        def call(run: Run, source: Any, at: At) -> Any:
            return function(source, **given)

        def call_with_info(run: Run, source: Any, at: At) -> Any:
            return function(source, QuickInfo(run, planned, at), **given)

        def call_with_named_info(run: Run, source: Any, at: At) -> Any:
            return function(source, **given, **{str(info): QuickInfo(run, planned, at)})

        if info is None:
            return call
        return call_with_info if is_second else call_with_named_info

    return bind


class Execution(CompiledExecutor, StrawberryGraphQLCoreExecutionContext):
    """How operations are executed: compiled, where they are covered and it is not switched off."""

    @classmethod
    def shortcuts(cls, schema: GraphQLSchema) -> Shortcuts:
        ours: strawberry.Schema = schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001 - as in Info
        if ours.exception_handlers or ours.config.info_class is not strawberry.Info:
            return NO_SHORTCUTS
        return Shortcuts(
            reading=_reading,
            direct=partial(_direct, ours),
            members=_members,
            classes=_classes,
            class_in=_class_in,
            wrapping=_wrapping,
            holds=_holds,
            stored=_stored,
            mark=TYPE_CAST_ATTRIBUTE,
        )

    @property
    def may_compile(self) -> bool:
        context: Any = self.context_value
        is_off = isinstance(context, Context) and not context.house.settings.compiled_operations
        return not is_off and super().may_compile
