"""``letterhead serve`` is killed while it takes messages in; whoever gets no answer asks the same again."""

import asyncio
from contextlib import suppress
from uuid import UUID

import httpx2

from faults.conftest import Lab
from faults.sink import Sink, running_sink
from faults.workers import PATIENCE_SECONDS, eventually
from lab.daemons import free_ports
from lab.product import Caller
from letterhead.identity import tokens
from letterhead.identity.actor import EMPLOYEE
from letterhead.opaque import opaque_id
from letterhead.schema.ids import row_id

SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id } errors { message path code } }
}
"""
CALLERS, EACH = 6, 8
KILLED_AFTER = (5, 17, 29)
"""As many messages have been taken in, each time with others on their way."""


async def test_each_message_is_taken_in_once(lab: Lab) -> None:
    [port] = free_ports(1)
    async with running_sink() as sink:
        callers = await at_work(lab, sink, f"http://127.0.0.1:{port}")
        for number in KILLED_AFTER:
            server = lab.server(port)
            await eventually(lambda number=number: len(lab.accepted) >= number, f"see {server.log}")
            await server.kill()
        lab.server(port)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await callers
        lab.worker()
        await lab.over()
        await lab.check(sink)
        assert len(set(lab.accepted)) == len(sink.whole) == CALLERS * EACH


async def at_work(lab: Lab, sink: Sink, address: str) -> "asyncio.Future[list[None]]":
    account_id = opaque_id("EmailAccount", (await lab.account(sink)).id)
    token = await tokens.create(
        lab.anna.company_id, "application", EMPLOYEE, employee_id=lab.anna.employee_id
    )

    async def caller(name: str) -> None:
        client = Caller(address, token)
        for number in range(EACH):
            lab.accepted.append(await taken_in(client, f"{name}-{number}", account_id))
        await client.http.aclose()

    return asyncio.gather(*(caller(f"caller-{number}") for number in range(CALLERS)))


async def taken_in(client: Caller, key: str, account_id: str) -> UUID:
    """The message's id, however often it takes to be told."""
    given = {
        "idempotencyKey": key,
        "context": {"accountId": account_id},
        "to": [{"address": "bob@example.org"}],
        "subject": "Offer",
        "text": "Here it is.",
    }
    while True:
        with suppress(httpx2.TransportError):
            payload = await client.do(SEND, given)
            assert payload["errors"] == [], payload
            message_id = row_id(payload["message"]["id"], "Message")
            assert message_id
            return message_id
        await asyncio.sleep(0.02)
