"""How long operations take, and how they end."""

import time
from collections.abc import Sequence
from types import TracebackType

from graphql import GraphQLError

from letterhead.schema.context import Context


class Measured:
    """An operation, counted when the block ends, whichever way."""

    def __init__(self, context: Context) -> None:
        self._context, self._failed = context, False

    def note(self, errors: Sequence[GraphQLError] | None) -> None:
        self._failed = self._failed or bool(errors)

    def __enter__(self) -> "Measured":
        self._begun = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, _: TracebackType | None
    ) -> None:
        took = time.perf_counter() - self._begun
        outcome = "errors" if self._failed or isinstance(exc, Exception) else "ok"
        self._context.house.metrics.operation(self._context.kind, outcome).observe(took)
