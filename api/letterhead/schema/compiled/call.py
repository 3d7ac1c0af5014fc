"""Asking a field's resolver. Arguments are coerced by graphql-core, once instead of for every object."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from graphql import VariableNode
from graphql.execution.values import get_argument_values
from graphql.language import Visitor, visit

from letterhead.schema.compiled.plan import Field
from letterhead.schema.compiled.run import At, Run, info_of
from letterhead.schema.compiled.shortcuts import Direct

UNCHANGEABLE = (str, int, float, bool, type(None), Decimal, UUID, date, Enum)
"""What a resolver may be given again, whatever another one has done with it."""

Given: TypeAlias = Mapping[str, Any]
Call: TypeAlias = Callable[[Run, Any, At], Any]


def calling(field: Field, direct: Direct | None) -> Call:
    """Whatever the resolver returns or raises, for a source and the place of the field."""
    resolve, has_arguments = field.definition.resolve, bool(field.definition.args)
    constant = _constant(field) if has_arguments else {}

    def call(run: Run, source: Any, at: At) -> Any:
        info = info_of(field, run, at)
        given = _coerced(run, field) if constant is None else constant
        return (resolve or run.field_resolver)(source, info, **given)

    if direct is None:
        return call
    known = _converted(direct, constant) if constant is not None else None
    return _bound_for_each_run(field, direct, call) if known is None else direct.bind(known)


def _bound_for_each_run(field: Field, direct: Direct, otherwise: Call) -> Call:
    """What can be changed is made anew for each object. ``otherwise`` says what is wrong with arguments."""

    def call(run: Run, source: Any, at: At) -> Any:
        bound = run.bound.get(field)
        if bound is None:
            try:
                given = _coerced(run, field)
                converted = direct.convert(given)
            except Exception:  # noqa: BLE001 - it is raised again, where the executor would
                return otherwise(run, source, at)
            bound = direct.bind(converted)
            if _is_unchangeable(given) and _is_unchangeable(converted):
                run.bound[field] = bound
        return bound(run, source, at)

    return call


Find: TypeAlias = Callable[[Any], Any]


def binding(
    field: Field, direct: Direct | None, find: Callable[[Run, Given], Find]
) -> Callable[[Run], Find] | None:
    """``find`` with the field's arguments, once for each run. None: they cannot be made here."""
    has_arguments = bool(field.definition.args)
    if has_arguments and direct is None:
        return None
    key = (field, "find")
    constant = _constant(field) if has_arguments else {}
    if constant and direct is not None:
        constant = _converted(direct, constant)

    def bind(run: Run) -> Find:
        known: Find | None = run.bound.get(key)
        if known is None:
            given = constant
            if given is None and direct is not None:
                given = _converted(direct, _coerced(run, field))
            if given is None:
                raise KeyError(key)
            known = run.bound[key] = find(run, given)
        return known

    return bind


def _constant(field: Field) -> Given | None:
    """None: they depend on variables, can be changed, or cannot be coerced."""
    finder = _VariableFinder()
    for argument in field.nodes[0].arguments or ():
        visit(argument, finder)
    if finder.found:
        return None
    try:
        given = get_argument_values(field.definition, field.nodes[0])
    except Exception:  # noqa: BLE001 - it is raised again, and shown, when the field is executed
        return None
    return given if _is_unchangeable(given) else None


def _coerced(run: Run, field: Field) -> Given:
    """Raises GraphQLError, for each object anew."""
    key = (field, "arguments")
    known: Given | None = run.bound.get(key)
    if known is not None:
        return known
    node, variables = field.nodes[0], run.variable_values
    given = get_argument_values(field.definition, node, variables, None, run.hide_suggestions)
    if _is_unchangeable(given):
        run.bound[key] = given
    return given


def _converted(direct: Direct, given: Given) -> Given | None:
    """None: what the resolver gets could be changed by it."""
    if not _is_unchangeable(given):
        return None
    converted = direct.convert(given)
    return converted if _is_unchangeable(converted) else None


def _is_unchangeable(given: Given) -> bool:
    return all(isinstance(value, UNCHANGEABLE) for value in given.values())


class _VariableFinder(Visitor):
    found = False

    def enter_variable(self, _node: VariableNode, *_: Any) -> None:
        self.found = True
