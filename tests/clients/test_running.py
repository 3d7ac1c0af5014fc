"""What a frontend's compiler made runs, through clients that are not ours, in every way there is."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.async_transport import AsyncTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import ExecutionResult

from api.drafts import Draft
from api.live import over_sse
from api.marks import on_sqlite
from clients.conftest import ROOT, Workbench
from lab import needs
from lab.product import Caller, Product

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.node, on_sqlite]


class EventsTransport(AsyncTransport):
    """gql's way to add a way: GraphQL over server-sent events, for subscriptions alone."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def connect(self) -> None: ...

    async def close(self) -> None: ...

    async def execute(self, request: GraphQLRequest, *args: Any, **kwargs: Any) -> ExecutionResult:
        raise NotImplementedError

    async def execute_batch(self, *args: Any, **kwargs: Any) -> list[ExecutionResult]:
        raise NotImplementedError

    async def subscribe(
        self, request: GraphQLRequest, *args: Any, **kwargs: Any
    ) -> AsyncGenerator[ExecutionResult, None]:
        document = request.payload["query"]
        async for result in over_sse(self._caller, document, **(request.variable_values or {})):
            yield ExecutionResult(result.get("data"), result.get("errors"))


def over_http(caller: Caller) -> AsyncTransport:
    headers = {"Authorization": f"Bearer {caller.token}"}
    return AIOHTTPTransport(url=f"{caller.address}/graphql", headers=headers, ssl=False)


def over_websocket(caller: Caller) -> AsyncTransport:
    return WebsocketsTransport(
        url=f"{caller.address.replace('http', 'ws')}/graphql",
        init_payload={"Authorization": f"Bearer {caller.token}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )


@pytest.fixture(scope="module")
def sdl() -> str:
    return Path(ROOT / "schema.graphql").read_text()


async def run(transport: AsyncTransport, sdl: str, document: str, **variables: Any) -> dict[str, Any]:
    """Checked by the client against schema.graphql first."""
    async with Client(transport=transport, schema=sdl) as session:
        return await session.execute(GraphQLRequest(document, variable_values=variables))


@pytest.mark.parametrize("way", [over_http, over_websocket])
async def test_a_frontends_job_from_the_first_page_to_the_message(
    acme: Product, draft: Draft, operations: dict[str, str], sdl: str, way: Any
) -> None:
    async def does(name: str, **variables: Any) -> dict[str, Any]:
        return await run(way(acme.admin), sdl, operations[name], **variables)

    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    tested = await does("ConnectTestMutation", input={"draft": draft("sales")})
    test_id = tested["testAccount"]["test"]["id"]
    async with Client(
        transport=way(acme.admin) if way is over_websocket else EventsTransport(acme.admin)
    ) as session:
        watch = GraphQLRequest(operations["ConnectTestSubscription"], variable_values={"testId": test_id})
        states = [state["accountTestProgress"]["status"] async for state in session.subscribe(watch)]
    saved = await does("ConnectSaveMutation", input={"testId": test_id})
    listed = await does("AccountListQuery")
    context = {"employeeId": ids["ann"]}
    composer = await does("ComposerQuery", context=context)
    sent = await does(
        "ComposerSendMutation",
        input={
            "idempotencyKey": str(time.time_ns()),
            "context": context,
            "to": [{"address": draft("guest")["address"]}],
            "subject": "Hello",
            "text": "Hello",
        },
    )
    again = await does("ComposerNodeQuery", id=sent["sendMessage"]["message"]["id"], ids=[])

    assert states[-1] == "PASSED"
    assert saved["saveEmailAccount"]["errors"] == sent["sendMessage"]["errors"] == []
    assert len(listed["emailAccounts"]["edges"]) == 1
    assert composer["resolveSender"]["__typename"] == "ResolvedSender"
    assert again["node"]["subject"] == "Hello"


@pytest.mark.parametrize("way", ["sse", "ws"])
async def test_the_reference_clients_can_watch(
    acme: Product, draft: Draft, operations: dict[str, str], workbench: Workbench, way: str
) -> None:
    test = await acme.admin.tested(draft("sales"))
    process = await asyncio.create_subprocess_exec(
        needs.program("node", of="Node.js"),
        "watch.mjs",
        way,
        f"{acme.admin.address}/graphql",
        operations["ConnectTestSubscription"],
        json.dumps({"testId": test["id"]}),
        cwd=workbench.folder,
        env={"TOKEN": acme.admin.token},
        stdout=asyncio.subprocess.PIPE,
    )

    printed, _ = await process.communicate()

    [result] = [json.loads(line) for line in printed.splitlines()]
    assert process.returncode == 0
    assert result["data"]["accountTestProgress"]["status"] == "PASSED"
