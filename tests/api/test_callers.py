"""Who is asking is settled before anything else is looked at."""

from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from api.live import heard, say, websocket
from api.marks import on_sqlite
from lab.product import Caller, Product
from letterhead.identity import tokens
from letterhead.identity.actor import ADMINISTRATOR
from letterhead.store.database import now

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

VIEWER = "{ viewer { employee { externalId } permissions } company { name } }"
WRONG = ["", "Bearer", "Bearer lh_nobody", "Basic bGg6bGg=", "lh_nobody", "Bearer ☃", "Bearer a b"]


async def closed_with(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        await socket.recv()
    assert closed.value.rcvd
    return closed.value.rcvd.code


@pytest.mark.parametrize("authorization", WRONG)
async def test_nobody_in_particular_is_not_answered(acme: Product, authorization: str) -> None:
    response = await acme.admin.http.post(
        "/graphql", json={"query": VIEWER}, headers={"Authorization": authorization.encode()}
    )

    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    [error] = response.json()["errors"]
    assert (error["extensions"], error["message"][:14]) == ({"code": "UNAUTHENTICATED"}, "Who is asking?")


@pytest.mark.parametrize("body", [b"", b"not JSON", b'{"query": "{ no such field }"}'])
async def test_without_a_token_nothing_is_read(acme: Product, body: bytes) -> None:
    response = await acme.admin.http.post("/graphql", content=body, headers={"Authorization": ""})

    assert response.status_code == 401


async def test_without_a_token_nothing_is_streamed(acme: Product) -> None:
    headers = {"Authorization": "", "Accept": "text/event-stream"}

    response = await acme.admin.http.post("/graphql", json={"query": VIEWER}, headers=headers)

    assert response.status_code == 401


async def test_a_token_expires(acme: Product) -> None:
    late = now() - timedelta(seconds=1)
    token = await tokens.create(acme.company_id, "late", ADMINISTRATOR, expires_at=late)

    assert await status_of(acme.admin, token) == 401


async def test_who_has_left_is_not_answered(acme: Product) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    assert await status_of(ann, ann.token) == 200

    await acme.directory(employees=[], removeMissing=True)

    assert await status_of(ann, ann.token) == 401


async def status_of(caller: Caller, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await caller.http.post("/graphql", json={"query": VIEWER}, headers=headers)).status_code


async def test_the_viewer_is_who_the_token_is_of(acme: Product) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])

    seen = [(await caller.ask(VIEWER))["viewer"] for caller in (ann, acme.admin)]

    assert seen[0] == {
        "employee": {"externalId": "ann"},
        "permissions": ["MANAGE_OWN_ACCOUNTS", "SEND", "TEST"],
    }
    assert seen[1] == {"employee": None, "permissions": sorted(ADMINISTRATOR)}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"Authorization": "Bearer lh_nobody"},
        {"Authorization": "lh_nobody"},
        {"Authorization": None},
        {"Authorization": ["Bearer"]},
    ],
)
async def test_a_websocket_of_nobody_is_closed(acme: Product, payload: dict[str, Any]) -> None:
    async with websocket(acme.admin) as socket:
        await say(socket, "connection_init", payload=payload)

        assert await closed_with(socket) == 4403


@pytest.mark.parametrize(
    "text",
    ["not JSON", "null", "[]", '{"type": "connection_init", "payload": {"Authorization": "Bearer \\ud800"}}'],
)
async def test_a_websocket_that_talks_nonsense_is_closed(acme: Product, text: str) -> None:
    async with websocket(acme.admin) as socket:
        await socket.send(text)

        assert await closed_with(socket) == 4400


async def test_a_websocket_says_who_it_is_first(acme: Product) -> None:
    async with websocket(acme.admin) as socket:
        await say(socket, "subscribe", id="1", payload={"query": VIEWER})

        assert await closed_with(socket) == 4401


async def test_a_websockets_token_may_come_in_the_header_too(acme: Product) -> None:
    headers = {"Authorization": f"Bearer {acme.admin.token}"}
    async with websocket(acme.admin, additional_headers=headers) as socket:
        await say(socket, "connection_init")
        assert (await heard(socket))["type"] == "connection_ack"
        await say(socket, "subscribe", id="1", payload={"query": "{ viewer { employee { id } } }"})

        assert (await heard(socket))["payload"]["data"] == {"viewer": {"employee": None}}
