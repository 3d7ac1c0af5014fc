"""What may not be reached from here is not dialled, and nobody learns what is there."""

from typing import Any

import pytest

from api.documents import SAVE
from api.doorbell import Doorbell
from api.drafts import Draft, server
from api.marks import on_sqlite
from lab.product import Product
from letterhead.settings import Settings

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

STEPS = """
query ($id: ID!) {
  node(id: $id) {
    ... on AccountTest {
      status
      diagnosis { ...All }
      steps { leg stage status evidence transcript diagnosis { ...All } }
    }
  }
}
fragment All on Diagnosis {
  code title explanation advice { text } actor retry help reply { text } explainedBy
}
"""


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """An operator who has opened nothing."""
    return settings.model_copy(update={"allow_targets": ()})


async def refusals(acme: Product, draft: Draft, host: str, port: int) -> list[dict[str, Any]]:
    """What each leg of a test ends with."""
    there = {"host": host, "port": port}
    given = draft("sales", smtp=server("SMTP", 1) | there, incoming=server("POP3", 1) | there)
    test = await acme.admin.tested(given)
    shown = (await acme.admin.ask(STEPS, id=test["id"]))["node"]
    assert shown["status"] == "FAILED"
    return [
        {key: step[key] for key in ("stage", "evidence", "transcript", "diagnosis")}
        for step in shown["steps"]
        if step["status"] == "FAILED"
    ]


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "[::1]", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "[::ffff:127.0.0.1]", "[fd00::1]", "[fe80::1]", "[64:ff9b::7f00:1]"),
    ],
)
async def test_private_places_all_look_alike(
    acme: Product, draft: Draft, doorbell: Doorbell, host: str
) -> None:
    [sending, receiving] = await refusals(acme, draft, host, doorbell.port)
    [public, _] = await refusals(acme, draft, "8.8.8.8", 80)

    assert sending == receiving == public
    assert (sending["stage"], sending["evidence"], sending["transcript"]) == ("RESOLVE", None, [])
    assert sending["diagnosis"]["code"] == "TARGET_NOT_ALLOWED"
    assert sending["diagnosis"]["advice"]
    assert doorbell.rung == 0


async def test_a_test_that_was_not_let_out_cannot_be_saved(acme: Product, draft: Draft) -> None:
    test = await acme.admin.tested(draft("sales"))

    payload = await acme.admin.do(SAVE, {"testId": test["id"]})

    assert [(error["path"], error["code"]) for error in payload["errors"]] == [(["testId"], "TEST_FAILED")]
