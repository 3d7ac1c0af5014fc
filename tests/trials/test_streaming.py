"""Whoever watches a test sees its steps as they happen."""

import asyncio
from asyncio import StreamReader, StreamWriter

import pytest

from api.drafts import Draft, server
from api.live import over_sse
from lab.product import Product
from trials.asking import TEST
from wire.scripted import Served, talking

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRESS = """
subscription ($id: ID!) { accountTestProgress(testId: $id) { status steps { leg stage status } } }
"""
PAUSE = 0.2


async def test_each_step_is_seen_within_a_tenth_of_a_second(acme: Product, draft: Draft) -> None:
    loop, heard = asyncio.get_running_loop(), dict[str, float]()

    async def talk(reader: StreamReader, writer: StreamWriter, served: Served) -> None:
        await asyncio.sleep(PAUSE)
        writer.write(b"220 ready\r\n")
        await reader.readline()
        heard.setdefault("TLS", loop.time())
        await asyncio.sleep(PAUSE)
        heard.setdefault("failed", loop.time())
        writer.write(b"250-mail.example\r\n250 AUTH PLAIN\r\n")
        await reader.readline()

    async with talking(talk) as served:
        given = draft("sales", smtp=server("SMTP", served.port))
        started = (await acme.admin.do(TEST, {"draft": given}))["test"]
        seen = []
        async for event in over_sse(acme.admin, PROGRESS, id=started["id"]):
            test = event["data"]["accountTestProgress"]
            states = {step["stage"]: step["status"] for step in test["steps"] if step["leg"] == "SMTP"}
            seen.append((loop.time(), states))

    running = next(at for at, states in seen if states.get("TLS") == "RUNNING")
    failed = next(at for at, states in seen if states.get("TLS") == "FAILED")
    assert 0 <= running - heard["TLS"] < 0.1
    assert 0 <= failed - heard["failed"] < 0.1
