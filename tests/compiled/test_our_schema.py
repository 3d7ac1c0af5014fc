"""Whatever is asked of the product, and whatever its resolvers come up with: answered as by graphql-core."""

from random import Random
from typing import Any

import pytest
from graphql import print_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from compiled.alike import assert_alike
from compiled.documents import Documents
from compiled.whole import Whole
from letterhead.schema.execution import Execution

pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.usefixtures("forgotten"),
]

WHOLE = Whole()
SEEDS = st.integers(min_value=0, max_value=2**48)
FAULTS = st.sampled_from((0.0, 0.005, 0.02, 0.1))
TEXTS = dict.fromkeys(("DateTime", "EmailAddress", "URL"), st.just(nodes.String("2026-01-31T09:30:00Z")))


async def compare(document: str, variables: dict[str, Any], seed: int, faults: float) -> None:
    WHOLE.seed, WHOLE.values.faults = seed, faults
    await assert_alike(
        WHOLE.schema,
        document,
        lambda: {"variable_values": variables, "is_awaitable": optimized_is_awaitable},
        oracle=StrawberryGraphQLCoreExecutionContext,
        executor=Execution,
    )


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, faults=FAULTS)
async def test_operations_of_our_making(seed: int, faults: float) -> None:
    asked = Documents(WHOLE.schema, Random(seed))
    await compare(asked.document, asked.variables, seed, faults)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=queries(print_schema(WHOLE.schema), custom_scalars=TEXTS), seed=SEEDS, faults=FAULTS)
async def test_operations_that_a_fuzzer_makes(document: str, seed: int, faults: float) -> None:
    await compare(document, {}, seed, faults)
