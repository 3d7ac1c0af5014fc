"""Watching: the two ways in which a client can."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from lab.product import Caller

WS = Subprotocol("graphql-transport-ws")


async def over_sse(caller: Caller, document: str, **variables: Any) -> AsyncIterator[dict[str, Any]]:
    """The results of a subscription as server-sent events, until the server says it is complete."""
    body = {"query": document, "variables": variables}
    async with caller.http.stream(
        "POST", "/graphql", json=body, headers={"Accept": "text/event-stream"}
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream"), await response.aread()
        event = ""
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            elif name == "data" and event == "next":
                yield orjson.loads(value)
            elif name == "event" and value == "complete":
                return


@asynccontextmanager
async def websocket(caller: Caller, **options: Any) -> AsyncIterator[ClientConnection]:
    address = caller.address.replace("http:", "ws:") + "/graphql"
    async with connect(address, subprotocols=[WS], **options) as socket:
        yield socket


async def say(socket: ClientConnection, kind: str, **rest: Any) -> None:
    await socket.send(orjson.dumps({"type": kind, **rest}).decode())


async def heard(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(await socket.recv())
    return message


async def over_websocket(caller: Caller, document: str, **variables: Any) -> AsyncIterator[dict[str, Any]]:
    """The results of a subscription over graphql-transport-ws, until the server says it is complete."""
    async with websocket(caller) as socket:
        await say(socket, "connection_init", payload={"Authorization": f"Bearer {caller.token}"})
        assert (await heard(socket))["type"] == "connection_ack"
        payload = {"query": document, "variables": variables}
        await say(socket, "subscribe", id="1", payload=payload)
        while (message := await heard(socket))["type"] == "next":
            assert message["id"] == "1"
            yield message["payload"]
        if message["type"] == "error":
            yield {"data": None, "errors": message["payload"]}
        else:
            assert message == {"type": "complete", "id": "1"}
