"""What graphql-core and Strawberry do to execute an operation, without asking again what is known of it."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from graphql import GraphQLSchema, default_field_resolver, default_type_resolver, get_variable_values
from strawberry.execution import optimized_is_awaitable
from strawberry.types import ExecutionResult

from letterhead.errors import NotAnswerable
from letterhead.schema.context import Context
from letterhead.schema.execution import Execution
from letterhead.schema.prepared import Operation
from letterhead.schema.request import Asked

T = TypeVar("T")


async def executed(
    schema: GraphQLSchema, operation: Operation, asked: Asked, context: Context
) -> ExecutionResult:
    """Of a query or a mutation that has been admitted. Raises NotAnswerable (TIMEOUT)."""
    definitions = operation.node.variable_definitions or ()
    variables = get_variable_values(schema, definitions, dict(asked.variables))
    if isinstance(variables, list):
        return ExecutionResult(data=None, errors=variables)
    execution = Execution(
        schema,
        operation.fragments,
        operation.details,
        None,
        context,
        operation.node,
        variables,
        default_field_resolver,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=optimized_is_awaitable,
        operation_extensions=asked.extensions,
    )
    result: Any = execution.execute_operation()
    if execution.is_awaitable(result):
        result = await in_time(result, context.door.settings.operation_seconds)
    return ExecutionResult(data=result.data, errors=result.errors)


async def in_time(work: Awaitable[T], seconds: float) -> T:
    """With all that waits for it cancelled when its time is over. Raises NotAnswerable (TIMEOUT)."""
    try:
        async with asyncio.timeout(seconds) as deadline:
            return await work
    except TimeoutError:
        if not deadline.expired():
            raise
        message = f"This took longer than {seconds:g} seconds and was given up."
        raise NotAnswerable("TIMEOUT", message, "Ask for less at once.") from None
