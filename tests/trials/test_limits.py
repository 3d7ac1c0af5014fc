"""How many tests there may be, and what those that have to wait look like."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from api.drafts import Draft, server
from api.marks import on_sqlite
from lab.product import Product
from letterhead.house import TESTS_AT_ONCE
from letterhead.pace import Rate
from letterhead.store.database import now
from letterhead.trials import limits
from trials.asking import TEST, run_test
from wire.scripted import SILENCE, SMTP, scripted

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

TWICE = """
mutation ($input: TestAccountInput!) {
  first: testAccount(input: $input) { test { id } errors { code message } }
  second: testAccount(input: $input) { test { id } errors { code message } }
}
"""
DISCOVER = '{ discover(address: "ann@gmail.com") { address } }'
DISCOVER_TWICE = """
{
  first: discover(address: "ann@gmail.com") { address }
  second: discover(address: "ben@gmail.com") { address }
}
"""
STATE = "query ($id: ID!) { node(id: $id) { ... on AccountTest { status steps { status } } } }"


@asynccontextmanager
async def all_places_but_one(acme: Product) -> AsyncIterator[None]:
    places = acme.serving.house.test_places
    for _ in range(TESTS_AT_ONCE - 1):
        await places.acquire()
    yield
    for _ in range(TESTS_AT_ONCE - 1):
        places.release()


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["errors"]]


async def test_an_operation_begins_one_test(acme: Product, draft: Draft) -> None:
    answer = await acme.admin.ask(TWICE, input={"draft": draft("sales")})
    await acme.admin.until_tested(answer["first"]["test"]["id"])

    assert (codes(answer["first"]), codes(answer["second"])) == ([], ["TOO_MANY_TESTS"])
    assert answer["second"]["test"] is None
    assert (await run_test(acme.admin, draft("sales")))["status"] == "PASSED"


async def test_looking_for_settings_counts_as_much(acme: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = await acme.admin.answer(DISCOVER_TWICE)
    monkeypatch.setattr(limits, "OF_A_PERSON", Rate(most=1, seconds=60))
    again = await acme.admin.answer(DISCOVER)

    assert [twice["data"]["first"] is None, twice["data"]["second"] is None] == [False, True]
    [second], [third] = twice["errors"], again["errors"]
    assert [second["path"], third["path"]] == [["second"], ["discover"]]
    assert [error["extensions"]["code"] for error in (second, third)] == ["RATE_LIMITED"] * 2
    assert again["data"] == {"discover": None}
    assert third["message"].startswith("That is more than 1 tests and look-ups ")
    assert 1 <= third["extensions"]["retryAfter"] <= 60
    assert datetime.fromisoformat(third["extensions"]["resetAt"]) > now()


async def test_a_person_begins_so_many_a_minute(
    acme: Product, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OF_A_PERSON", Rate(most=2, seconds=60))
    for _ in range(2):
        await run_test(acme.admin, draft("sales"))

    refused = await acme.admin.do(TEST, {"draft": draft("sales")})
    colleague = await (await acme.administrator()).do(TEST, {"draft": draft("sales")})
    await acme.admin.until_tested(colleague["test"]["id"])

    assert codes(refused) == ["TOO_MANY_TESTS"]
    assert refused["errors"][0]["message"].startswith(
        "That is more than 2 tests and look-ups within a minute; wait "
    )
    assert colleague["errors"] == []


async def test_a_host_is_knocked_at_so_often_a_minute_by_a_company(
    acme: Product, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OF_A_HOST", Rate(most=2, seconds=60))
    elsewhere = {"smtp": server("SMTP", 587, host="mail.acme.invalid")}
    for _ in range(2):
        await run_test(acme.admin, draft("sales", **elsewhere))

    refused = await (await acme.administrator()).do(TEST, {"draft": draft("sales", **elsewhere)})
    other_host = await run_test(acme.admin, draft("sales"))

    assert codes(refused) == ["TOO_MANY_TESTS"]
    assert refused["errors"][0]["message"].startswith("mail.acme.invalid was tested 2 times within a minute")
    assert other_host["status"] == "PASSED"


async def test_a_refused_secret_has_to_cool_down(acme: Product, draft: Draft) -> None:
    wrong = {"credential": {"password": "not this one"}}
    for _ in range(3):
        await run_test(acme.admin, draft("sales", **wrong))

    refused = await acme.admin.do(TEST, {"draft": draft("sales", **wrong)})
    right = await run_test(acme.admin, draft("sales"))

    assert (codes(refused), right["status"]) == (["TOO_MANY_TESTS"], "PASSED")


async def test_whoever_finds_no_place_waits_for_one_without_losing_time(
    acme: Product, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.trials.run.DEADLINE_SECONDS", 1.0)
    monkeypatch.setattr("letterhead.trials.run.WAITING_SECONDS", 0.3)
    async with all_places_but_one(acme), scripted(SMTP, greeting=SILENCE) as silent:
        slow = await acme.admin.do(TEST, {"draft": draft("slow", smtp=server("SMTP", silent.port))})
        await asyncio.sleep(0.1)
        waits = await acme.admin.do(TEST, {"draft": draft("sales")})
        await asyncio.sleep(0.2)
        waiting = (await acme.admin.ask(STATE, id=waits["test"]["id"]))["node"]
        ended = [await acme.admin.until_tested(one["test"]["id"]) for one in (slow, waits)]

    assert waiting["status"] == "RUNNING"
    assert {step["status"] for step in waiting["steps"]} == {"PENDING"}
    assert [test["status"] for test in ended] == ["FAILED", "PASSED"]
