"""The schema, put together, and the way of an operation through it."""

from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing
from typing import Any, cast

import strawberry
from graphql import GraphQLError
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from structlog.contextvars import bind_contextvars

from letterhead.errors import NotAnswerable
from letterhead.schema.accounts import EmailAccount
from letterhead.schema.context import Context
from letterhead.schema.documents import InvalidError
from letterhead.schema.errors import show
from letterhead.schema.executing import executed, in_time
from letterhead.schema.execution import Execution
from letterhead.schema.measuring import Measured
from letterhead.schema.mutation import Mutation
from letterhead.schema.prepared import Operation
from letterhead.schema.query import Query
from letterhead.schema.request import Asked
from letterhead.schema.scalars import SCALARS
from letterhead.schema.subscription import Subscription

MOST = 100
"""Characters of an operation's name that are logged."""

NOT_ALLOWED = {
    OperationType.MUTATION: ("METHOD_NOT_ALLOWED", "Changes are not made by GET.", "Send it by POST."),
    OperationType.SUBSCRIPTION: (
        "NOT_STREAMED",
        "A subscription has many answers.",
        "Ask with Accept: text/event-stream, or by a websocket (graphql-transport-ws).",
    ),
}


class Schema(strawberry.Schema):
    """Every operation, by whichever way it came, is prepared, executed and shown as here."""

    async def execute(self, query: str | None, *args: Any, **given: Any) -> ExecutionResult:
        """Strawberry's own would pass by limits, timeout and masking: it is refused."""
        raise RuntimeError("operations are executed by answer and stream")

    def execute_sync(self, query: str | None, *args: Any, **given: Any) -> ExecutionResult:
        """As ``execute``."""
        raise RuntimeError("operations are executed by answer and stream")

    async def answer(
        self, asked: Asked, context: Context, allowed: Collection[OperationType]
    ) -> ExecutionResult:
        """``context``: of this operation alone. Strawberry's ``execute`` would ask extensions, of which there
        are none."""
        with Measured(context) as outcome, context.house.tracing.span("operation"):
            try:
                operation = await self._admitted(asked, allowed, context)
                result = await executed(self._schema, operation, asked, context)
            except Exception as exc:  # noqa: BLE001 - it is shown, and logged as any other
                result = PreExecutionError(data=None, errors=_errors(exc))
            finally:
                context.refresh()  # what was read is let go, whoever still holds the context
            outcome.note(result.errors)
        return _shown(result, context)

    async def stream(
        self, query: str | None, *args: Any, **given: Any
    ) -> AsyncGenerator[ExecutionResult, None]:
        given["context_value"] = context = _own(given)
        results = await super().stream(query, *args, **given)
        return _streamed(cast("AsyncGenerator[ExecutionResult, None]", results), context)

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        """Of what is streamed."""
        asked = Asked(
            query=context.query,
            variables=context.variables or {},
            operation_name=context._provided_operation_name,  # noqa: SLF001 - as it was given
            extensions=context.operation_extensions or {},
        )
        try:
            operation = await self._admitted(asked, context.allowed_operations, context.context)
        except (InvalidError, NotAnswerable) as no:
            context.pre_execution_errors = errors = _errors(no)
            return PreExecutionError(data=None, errors=errors)
        context.graphql_document = operation.document
        return None

    async def _execute_operation(self, execution_context: ExecutionContext, *args: Any, **given: Any) -> Any:
        seconds = execution_context.context.door.settings.operation_seconds
        return await in_time(super()._execute_operation(execution_context, *args, **given), seconds)

    async def _admitted(self, asked: Asked, allowed: Iterable[OperationType], context: Context) -> Operation:
        """What is asked for, past all limits. Raises InvalidError and NotAnswerable."""
        door, documents = context.door, context.door.documents
        text = documents.find(asked.query, asked.extensions)
        prepared = documents.prepare(self._schema, text, curious=door.is_curious(context.by))
        operation = prepared.operation(asked.operation_name)
        context.kind, context.asked = operation.kind.value, operation.asked
        bind_contextvars(operation=operation.name[:MOST])
        _check_kind(operation.kind, allowed)
        context.cost = await door.admit(self._schema, operation, asked.variables, by=context.by)
        documents.remember(text)
        return operation

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """What is our fault is logged where it is shown; what callers got wrong is theirs alone to read."""


def _own(given: dict[str, Any]) -> Context:
    """A websocket has one context for all its operations, and each of them one of its own."""
    context = given["context_value"]
    assert isinstance(context, Context), "nothing is executed without one"
    return context.of_operation()


def _errors(exc: Exception) -> list[GraphQLError]:
    if isinstance(exc, InvalidError):
        return exc.errors
    return [exc if isinstance(exc, GraphQLError) else GraphQLError(str(exc), original_error=exc)]


def _check_kind(kind: OperationType, allowed: Iterable[OperationType]) -> None:
    if kind not in allowed:
        raise NotAnswerable(*NOT_ALLOWED[kind])


def _shown(result: ExecutionResult, context: Context) -> ExecutionResult:
    if result.errors:
        result.errors = show(result.errors, context.request_id)
    return result


async def _streamed(
    results: AsyncGenerator[ExecutionResult, None], context: Context
) -> AsyncGenerator[ExecutionResult, None]:
    """What is streamed never ends in an exception: there would be nobody to show it to."""
    with Measured(context) as outcome:
        try:
            with context.door.streams.one(context.by.key):
                async with aclosing(results):
                    async for result in results:
                        outcome.note(result.errors)
                        yield _shown(result, context)
        except Exception as exc:  # noqa: BLE001 - it is shown, and logged as any other
            error = GraphQLError("", original_error=exc)
            outcome.note([error])
            yield _shown(PreExecutionError(data=None, errors=[error]), context)


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[EmailAccount],
    execution_context_class=Execution,
    config=StrawberryConfig(scalar_map=SCALARS),
)
