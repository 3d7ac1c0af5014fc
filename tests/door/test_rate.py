"""What a caller may ask for in a minute, counted by what it costs, in all processes together."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from api.live import heard, say, websocket
from door.asking import VIEWER, asked, codes, refused
from lab.product import Product, Start
from letterhead.errors import NotAnswerable, TooOften
from letterhead.identity.actor import Actor
from letterhead.schema.limits import purses
from letterhead.schema.limits.purses import Purses
from letterhead.serving import serving
from letterhead.store.database import now

RATE = "{ viewer { rateLimit { cost remaining resetAt } } }"
PEOPLE = "{ company { employees(first: 100) { nodes { groups(first: 100) { nodes { id } } } } } }"


def actor(product: Product) -> Actor:
    return Actor(company_id=product.company_id, key="token:1", name="tool", permissions=frozenset())


async def test_a_caller_sees_what_is_left(start: Start) -> None:
    async with start(cost_per_minute=1000) as product:
        dear = await asked(product.admin, PEOPLE)
        found = (await product.admin.ask(RATE))["viewer"]["rateLimit"]

    assert codes(dear) == []
    assert (found["cost"], 890 <= found["remaining"] <= 900) == (1, True)
    reset = datetime.fromisoformat(found["resetAt"])
    assert now() < reset < now() + timedelta(minutes=1)


async def test_who_asks_for_too_much_waits_and_nobody_else_does(start: Start) -> None:
    async with start(cost_per_minute=200) as product:
        answers = [await asked(product.admin, PEOPLE) for _ in range(3)]
        colleague = await asked(await product.administrator(), VIEWER)

    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert refused(answers[1]) == (429, ["RATE_LIMITED"], False)
    extensions = answers[1].json()["errors"][0]["extensions"]
    assert answers[1].headers["retry-after"] == str(extensions["retryAfter"])
    assert now() < datetime.fromisoformat(extensions["resetAt"]) < now() + timedelta(minutes=1)
    assert codes(colleague) == []


async def test_two_processes_share_what_a_caller_may_ask(start: Start) -> None:
    async with start(cost_per_minute=300) as product, AsyncExitStack() as stack:
        other = await stack.enter_async_context(serving(product.serving.house.settings))
        headers = {"Authorization": f"Bearer {product.admin.token}"}
        http = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=other.address, headers=headers, verify=False)
        )
        statuses = [
            (await client.post("/graphql", json={"query": PEOPLE})).status_code
            for client in (product.admin.http, http) * 2
        ]

    assert statuses == [200, 200, 429, 429]


async def test_a_websocket_is_no_way_around(start: Start) -> None:
    async with start(cost_per_minute=200) as product, websocket(product.admin) as socket:
        await say(socket, "connection_init", payload={"Authorization": f"Bearer {product.admin.token}"})
        answers = [await heard(socket)]
        for number in range(2):
            await say(socket, "subscribe", id=str(number), payload={"query": PEOPLE})
            answers.append(await heard(socket))
            if answers[-1]["type"] == "next":
                answers.append(await heard(socket))

    assert [answer["type"] for answer in answers] == ["connection_ack", "next", "complete", "error"]
    assert answers[-1]["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_what_no_minute_is_enough_for_is_said_so(start: Start) -> None:
    async with start(cost_per_minute=50) as product:
        answer = await asked(product.admin, PEOPLE)

    assert refused(answer) == (400, ["TOO_COMPLEX"], False)


async def test_hundreds_of_cheap_requests_cost_one_write(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[float] = []

    async def counted(*_: Any, amount: float) -> float:
        taken.append(amount)
        return 0.0

    monkeypatch.setattr(purses, "take", counted)
    few = Purses(50_000)
    for _ in range(900):
        await few.spend(1, by=actor(product))

    assert taken == [1000]


async def test_many_at_once_get_no_more_than_there_is(product: Product) -> None:
    few, by = Purses(100), actor(product)

    spent = await asyncio.gather(*(few.spend(10, by=by) for _ in range(30)), return_exceptions=True)

    assert spent.count(None) == 10
    assert all(isinstance(one, TooOften) and 0 < one.seconds <= 60 for one in spent if one is not None)


async def test_only_so_many_callers_are_remembered(product: Product) -> None:
    few = Purses(100, most=2)
    for number in range(5):
        caller = Actor(company_id=product.company_id, key=f"token:{number}", name="", permissions=frozenset())
        await few.spend(1, by=caller)

    assert len(few._points) == 2


async def test_nothing_is_counted_where_anything_goes(product: Product) -> None:
    await Purses(0).spend(10**9, by=actor(product))
    with pytest.raises(NotAnswerable):
        await Purses(5).spend(6, by=actor(product))
