"""How long operations take, and how they end."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from graphql import GraphQLError

from letterhead.schema.context import Context


@dataclass
class Outcome:
    failed: bool = False

    def note(self, errors: Sequence[GraphQLError] | None) -> None:
        self.failed = self.failed or bool(errors)


@contextmanager
def measured(context: Context) -> Iterator[Outcome]:
    """Counted when the block ends, whichever way."""
    outcome, begun = Outcome(), time.perf_counter()
    try:
        yield outcome
    except Exception:
        outcome.failed = True
        raise
    finally:
        operations = context.house.metrics.operations.labels(
            context.kind, "errors" if outcome.failed else "ok"
        )
        operations.observe(time.perf_counter() - begun)
