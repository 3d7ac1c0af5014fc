"""One operation, executed by graphql-core and compiled, side by side."""

from collections.abc import Callable
from typing import Any

from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute, parse
from graphql.execution import Executor
from graphql.execution.incremental import IncrementalExecutor

from letterhead.schema.compiled.executor import KEY, CompiledExecutor


class Compiled(CompiledExecutor):
    """Counts what is run compiled."""

    compiled = 0

    def _form(self, *, serially: bool) -> Any:
        form = super()._form(serially=serially)
        Compiled.compiled += bool(form)
        return form


async def executed(
    schema: GraphQLSchema, document: DocumentNode, executor: type[Executor[Any]], **given: Any
) -> ExecutionResult:
    result: Any = execute(schema, document, executor_class=executor, **given)
    answer = await result if hasattr(result, "__await__") else result
    assert isinstance(answer, ExecutionResult)
    return answer


def shown(answer: ExecutionResult) -> tuple[Any, ...]:
    """All that a client can tell apart: also the order of keys, and how an error is worded and located."""
    errors = [
        (error.message, tuple(error.path or ()), tuple(error.locations or ()), repr(error.extensions))
        for error in answer.errors or ()
    ]
    return repr(answer.data), sorted(errors, key=repr)


async def both(
    schema: GraphQLSchema,
    document: str,
    make: Callable[[], dict[str, Any]],
    *,
    oracle: type[Executor[Any]] = IncrementalExecutor,
    executor: type[Executor[Any]] = Compiled,
) -> tuple[ExecutionResult, list[ExecutionResult]]:
    """By graphql-core; and when it is asked for first, when it has just been compiled, and when it is known.

    ``make``: the rest of what is given to execute, anew for each.
    """
    schema.extensions.pop(KEY, None)
    expected = await executed(schema, parse(document), oracle, **make())
    return expected, [await executed(schema, parse(document), executor, **make()) for _ in range(3)]


async def assert_alike(schema: GraphQLSchema, document: str, make: Callable[[], Any], **of: Any) -> None:
    expected, answers = await both(schema, document, make, **of)
    for answer in answers:
        assert shown(answer) == shown(expected)
