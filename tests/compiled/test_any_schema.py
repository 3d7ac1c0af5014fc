"""Whatever schema, operation and values: compiled, it is answered as graphql-core answers it."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiled.alike import assert_alike
from compiled.documents import Documents
from compiled.schemas import World

pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.usefixtures("forgotten"),
]
"""What is cancelled before it began; graphql-core leaves it so too."""


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**48))
async def test_answers_are_the_same(seed: int) -> None:
    rng = Random(seed)
    world = World(rng)
    asked = Documents(world.schema, rng)
    await assert_alike(
        world.schema, asked.document, lambda: world.given() | {"variable_values": asked.variables}
    )
