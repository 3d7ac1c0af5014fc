"""Where the operator has opened nothing, nobody learns what is inside: not by words and not by the clock."""

import json
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from hostile.stage import Stage, draft, server
from lab.product import Product
from letterhead.settings import Settings
from wire.scripted import talking, until_left

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL = """
query ($id: ID!) {
  node(id: $id) {
    ... on AccountTest {
      status
      steps { stage status evidence transcript diagnosis { ...All } }
      diagnosis { ...All }
    }
  }
}
fragment All on Diagnosis {
  code title explanation advice { text } actor retry help reply { text } explainedBy
}
"""


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"allow_targets": ()})


async def told(stage: Stage, host: str, port: int) -> dict[str, Any]:
    """Everything that is told about a server, but for its own name."""
    test = await stage.caller.tested(draft(*(server(kind, port, host=host) for kind in ("SMTP", "POP3"))))
    node: dict[str, Any] = (await stage.caller.ask(ALL, id=test["id"]))["node"]
    return node


async def test_ourselves_and_our_neighbours_all_look_alike(stage: Stage, product: Product) -> None:
    ours = urlsplit(product.serving.address).port
    assert ours

    async with talking(lambda reader, _, served: until_left(reader, served)) as neighbour:
        answers = [
            await told(stage, host, port)
            for host, port in (
                ("127.0.0.1", ours),
                ("localhost", ours),
                ("127.0.0.1", neighbour.port),
                ("127.0.0.1", 25),
                ("[::1]", 587),
                ("10.0.0.1", 25),
                ("169.254.169.254", 25),
                ("10.0.0.1", 22),
                ("192.168.1.1", 80),
                ("100.64.0.1", 6379),
            )
        ]

        assert neighbour.connections == 0
    assert answers[0]["diagnosis"]["code"] == "TARGET_NOT_ALLOWED"
    assert {json.dumps(answer) for answer in answers} == {json.dumps(answers[0])}


async def test_they_take_the_same_time(stage: Stage, product: Product) -> None:
    async def times(host: str, port: int) -> float:
        each = []
        for _ in range(5):
            started = perf_counter()
            await told(stage, host, port)
            each.append(perf_counter() - started)
        return median(each)

    ours = urlsplit(product.serving.address).port
    assert ours
    medians = [await times(*target) for target in (("127.0.0.1", ours), ("10.0.0.1", 25), ("localhost", 22))]

    assert max(medians) < 10 * min(medians)
