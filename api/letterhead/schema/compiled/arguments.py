"""The arguments of fields, coerced by graphql-core once instead of for every object."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from graphql import VariableNode
from graphql.execution.values import get_argument_values
from graphql.language import Visitor, visit

from letterhead.schema.compiled.plan import Field
from letterhead.schema.compiled.run import Run

UNCHANGEABLE = (str, int, float, bool, type(None), Decimal, UUID, date, datetime, Enum)
"""What a resolver may be given again, whatever another one has done with it."""


def constant_arguments(field: Field) -> Mapping[str, Any] | None:
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


def arguments_of(run: Run, field: Field) -> Mapping[str, Any]:
    """Raises GraphQLError, at each object anew."""
    known = run.arguments.get(field)
    if known is not None:
        return known
    given = get_argument_values(
        field.definition, field.nodes[0], run.variable_values, None, run.hide_suggestions
    )
    if _is_unchangeable(given):
        run.arguments[field] = given
    return given


def _is_unchangeable(given: Mapping[str, Any]) -> bool:
    return all(isinstance(value, UNCHANGEABLE) for value in given.values())


class _VariableFinder(Visitor):
    found = False

    def enter_variable(self, _node: VariableNode, *_: Any) -> None:
        self.found = True
