"""A subscription is a faster query: the state first, then each change, then the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from api.documents import CANCEL_MESSAGE, CANCEL_TEST, CONTINUE_SIGN_IN, SEND, START_SIGN_IN, TEST
from api.drafts import Draft, at
from api.live import heard, over_sse, over_websocket, say, websocket
from api.marks import on_sqlite
from api.messages import LATER, message
from lab.product import Caller, Product
from lab.sinks import Rudeness, counting_smtp_server
from letterhead.outbox.delays import note_delays
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")

Watch = Callable[..., AsyncIterator[dict[str, Any]]]
both_ways = pytest.mark.parametrize("watch", [over_sse, over_websocket])
TEST_STATE = "id status steps { leg stage status } diagnosis { code } finishedAt usableUntil"
MESSAGE_STATE = "id status recipients { address status } finishedAt account { address }"
FLOW_STATE = "id step { is: __typename ... on AskStep { problems { field } } ... on DoneStep { kind } }"


def watching(name: str, argument: str, state: str) -> str:
    return f"subscription ($id: ID!) {{ {name}({argument}: $id) {{ {state} }} }}"


async def states(
    watch: Watch,
    caller: Caller,
    document: str,
    node_id: str,
    *,
    then: Callable[[], Awaitable[Any]] | None = None,
) -> list[dict[str, Any]]:
    """All that is seen, until the end; ``then`` is done once the first state was seen."""
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        async for event in watch(caller, document, id=node_id):
            assert "errors" not in event, event
            seen += event["data"].values()
            if then and len(seen) == 1:
                await then()
    return seen


async def shown(caller: Caller, kind: str, state: str, node_id: str) -> dict[str, Any]:
    document = f"query ($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {state} }} }} }}"
    node: dict[str, Any] = (await caller.ask(document, id=node_id))["node"]
    return node


ORDER = ["PENDING", "RUNNING", "PASSED"]


@both_ways
async def test_a_test_is_seen_step_by_step(acme: Product, draft: Draft, watch: Watch) -> None:
    document = watching("accountTestProgress", "testId", TEST_STATE)
    started = (await acme.admin.do(TEST, {"draft": draft("sales")}))["test"]

    seen = await states(watch, acme.admin, document, started["id"])

    assert [state["status"] for state in seen] == ["RUNNING"] * (len(seen) - 1) + ["PASSED"]
    assert all(earlier != later for earlier, later in pairwise(seen))
    for earlier, later in pairwise(seen):
        for before, after in zip(earlier["steps"], later["steps"], strict=False):
            assert ORDER.index(before["status"]) <= ORDER.index(after["status"])
    assert seen[-1] == await shown(acme.admin, "AccountTest", TEST_STATE, started["id"])


@on_sqlite
@both_ways
async def test_of_what_has_ended_the_end_is_seen(acme: Product, draft: Draft, watch: Watch) -> None:
    document = watching("accountTestProgress", "testId", TEST_STATE)
    test = await acme.admin.tested(draft("sales", credential={"password": "open says me"}))

    [seen] = await states(watch, acme.admin, document, test["id"])

    assert (seen["status"], seen["diagnosis"]["code"]) == ("FAILED", "WRONG_PASSWORD")


@both_ways
async def test_a_cancelled_test_ends(acme: Product, draft: Draft, watch: Watch) -> None:
    document = watching("accountTestProgress", "testId", TEST_STATE)
    async with counting_smtp_server(answers={"greeting": Rudeness.SILENCE}) as silent:
        smtp = {"protocol": "SMTP", "host": "localhost", "port": silent.port, "security": "STARTTLS"}
        started = (await acme.admin.do(TEST, {"draft": draft("sales", smtp=smtp)}))["test"]
        cancel = partial(acme.admin.do, CANCEL_TEST, {"testId": started["id"]})

        seen = await states(watch, acme.admin, document, started["id"], then=cancel)

    assert [seen[0]["status"], seen[-1]["status"]] == ["RUNNING", "CANCELLED"]
    assert seen[-1] == await shown(acme.admin, "AccountTest", TEST_STATE, started["id"])


@both_ways
async def test_a_message_is_seen_on_its_way(acme: Product, draft: Draft, watch: Watch) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    await acme.admin.saved(draft("sales"))
    message = {"to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"}
    sent = (await ann.do(SEND, message | {"idempotencyKey": "1", "context": {}}))["message"]

    seen = await states(watch, ann, watching("messageProgress", "messageId", MESSAGE_STATE), sent["id"])

    assert seen[-1] == await shown(ann, "Message", MESSAGE_STATE, sent["id"])
    assert seen[-1] | {"finishedAt": None} == {
        "id": sent["id"],
        "status": "SENT",
        "recipients": [{"address": at("contact"), "status": "ACCEPTED"}],
        "account": {"address": at("sales")},
        "finishedAt": None,
    }


async def test_a_cancelled_message_ends(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    await acme.admin.saved(draft("sales"))
    sent = (await ann.do(SEND, message(at("contact")) | LATER))["message"]
    document = watching("messageProgress", "messageId", MESSAGE_STATE)
    cancel = partial(ann.do, CANCEL_MESSAGE, {"messageId": sent["id"]})

    seen = await states(over_websocket, ann, document, sent["id"], then=cancel)

    assert [state["status"] for state in seen] == ["QUEUED", "CANCELLED"]


@both_ways
async def test_a_sign_in_is_seen_to_its_end(acme: Product, draft: Draft, watch: Watch) -> None:
    given = {key: draft("sales")[key] for key in ("address", "providerKey", "smtp", "incoming")}
    flow = (await acme.admin.do(START_SIGN_IN, given))["flow"]
    document = watching("signInProgress", "flowId", FLOW_STATE)
    answers = [{"name": field["name"], "value": "open sesame"} for field in flow["step"]["fields"]]
    answer = partial(acme.admin.do, CONTINUE_SIGN_IN, {"flowId": flow["id"], "answers": answers})

    seen = await states(watch, acme.admin, document, flow["id"], then=answer)

    assert [seen[0]["step"]["is"], seen[-1]["step"]["is"]] == ["AskStep", "DoneStep"]
    assert seen[-1] == await shown(acme.admin, "SignInFlow", FLOW_STATE, flow["id"])


@on_sqlite
@pytest.mark.parametrize(
    ("name", "argument"),
    [("accountTestProgress", "testId"), ("messageProgress", "messageId"), ("signInProgress", "flowId")],
)
@pytest.mark.parametrize("node_id", ["", "garbage", "TWVzc2FnZTowMQ"])
@both_ways
async def test_what_is_not_there_cannot_be_watched(
    acme: Product, name: str, argument: str, node_id: str, watch: Watch
) -> None:
    [answer] = [event async for event in watch(acme.admin, watching(name, argument, "id"), id=node_id)]

    [error] = answer["errors"]
    assert (answer["data"], error["extensions"]["code"]) == (None, "NOT_FOUND")


@on_sqlite
async def test_one_websocket_carries_many(acme: Product, draft: Draft) -> None:
    started = (await acme.admin.do(TEST, {"draft": draft("sales")}))["test"]
    document = watching("accountTestProgress", "testId", "status")
    ended, statuses = set(), {}
    async with websocket(acme.admin, additional_headers=[bearer(acme.admin)]) as socket, asyncio.timeout(30):
        await say(socket, "connection_init")
        await heard(socket)
        for number in "123":
            payload = {"query": document, "variables": {"id": started["id"]}}
            await say(socket, "subscribe", id=number, payload=payload)
        while len(ended) < 3:
            message = await heard(socket)
            if message["type"] == "complete":
                ended.add(message["id"])
            else:
                statuses[message["id"]] = message["payload"]["data"]["accountTestProgress"]["status"]

    assert statuses == dict.fromkeys("123", "PASSED")


@on_sqlite
async def test_who_stops_watching_is_told_nothing_more(acme: Product, draft: Draft) -> None:
    async with counting_smtp_server(answers={"greeting": Rudeness.SILENCE}) as silent:
        smtp = {"protocol": "SMTP", "host": "localhost", "port": silent.port, "security": "STARTTLS"}
        started = (await acme.admin.do(TEST, {"draft": draft("sales", smtp=smtp)}))["test"]
        document = watching("accountTestProgress", "testId", "status")
        async with websocket(acme.admin, additional_headers=[bearer(acme.admin)]) as socket:
            await say(socket, "connection_init")
            await heard(socket)
            payload = {"query": document, "variables": {"id": started["id"]}}
            await say(socket, "subscribe", id="1", payload=payload)
            await heard(socket)
            await say(socket, "complete", id="1")
            await acme.admin.do(CANCEL_TEST, {"testId": started["id"]})
            await say(socket, "ping")

            while (message := await heard(socket))["type"] == "next":
                assert message["payload"]["data"]["accountTestProgress"]["status"] == "RUNNING"
            assert message["type"] == "pong"


def bearer(caller: Caller) -> tuple[str, str]:
    return ("Authorization", f"Bearer {caller.token}")


@on_sqlite
async def test_a_delay_is_news(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    await acme.admin.saved(draft("sales"))
    sent = (await ann.do(SEND, message(at("busy"))))["message"]["id"]
    await ann.message_when(sent, lambda message: message["status"] == "DEFERRED")
    document = watching("messageProgress", "messageId", "status delayedSince")

    async def hours_pass() -> None:
        row = models.Message.filter(id=row_id(sent, "Message"))
        await row.update(queued_at=now() - timedelta(hours=5))
        assert await note_delays(acme.serving.house) >= 1

    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(30), aclosing(over_sse(ann, document, id=sent)) as events:
        async for event in events:
            seen += event["data"].values()
            if len(seen) == 2:
                break
            await hours_pass()

    assert [(state["status"], bool(state["delayedSince"])) for state in seen] == [
        ("DEFERRED", False),
        ("DEFERRED", True),
    ]
