"""However a read ends, its connection serves the next one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError

from lab.on import on_postgres_alone
from letterhead.store import postgres
from letterhead.store.database import opened, select, transaction

WHO = "SELECT pg_backend_pid() AS pid"
AMONG_US = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"

pytestmark = on_postgres_alone


@pytest.fixture
async def one_connection(database_url: str) -> AsyncIterator[None]:
    async with opened(f"{database_url}&maxsize=1"):
        yield


async def pid() -> int:
    async with asyncio.timeout(20):
        [row] = await select(WHO)
    found: int = row["pid"]
    return found


async def test_reads_take_turns_on_it(one_connection: None) -> None:
    assert len(set(await asyncio.gather(*(pid() for _ in range(20))))) == 1


async def test_after_a_statement_that_fails(one_connection: None) -> None:
    before = await pid()
    with pytest.raises(OperationalError):
        await select("SELECT nothing")
    assert await pid() == before


async def test_after_a_read_that_was_cancelled(one_connection: None) -> None:
    reading = asyncio.create_task(select("SELECT pg_sleep(1000)"))
    await asyncio.sleep(0.1)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await pid()


async def test_after_it_was_lost(one_connection: None) -> None:
    with pytest.raises(postgres.TROUBLE):
        await select("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await pid()
    [row] = await select(AMONG_US)
    assert row["n"] == 1


async def test_after_a_transaction_that_was_cancelled_as_it_began(one_connection: None) -> None:
    async def begin() -> None:
        async with transaction():
            raise AssertionError("it was cancelled before")

    beginning = asyncio.create_task(begin())
    await asyncio.sleep(0)
    beginning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beginning
    ids = [(await select("SELECT pg_current_xact_id()::text AS id"))[0]["id"] for _ in range(2)]
    assert ids[0] != ids[1], "each is a transaction of its own"


async def test_after_a_transaction_whose_end_was_cancelled(one_connection: None) -> None:
    async def ends() -> None:
        async with transaction():
            await select(WHO)
            asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(ends())
    assert await pid()
    [row] = await select(AMONG_US)
    assert row["n"] == 1


async def test_after_a_transaction(one_connection: None) -> None:
    before = await pid()
    async with transaction():
        assert await pid() == before
    assert await pid() == before


async def test_it_is_replaced_when_it_has_served_its_time(database_url: str) -> None:
    async with opened(f"{database_url}&maxsize=1&max_queries=10"):
        assert len({await pid() for _ in range(30)}) > 1


async def test_those_that_nobody_needs_any_more_are_closed(database_url: str) -> None:
    async with opened(f"{database_url}&maxsize=5&max_inactive_connection_lifetime=0.1"):
        await asyncio.gather(*(select("SELECT pg_sleep(0.05)") for _ in range(5)))
        async with asyncio.timeout(20):
            while (await select(AMONG_US))[0]["n"] > 1:  # noqa: ASYNC110 - it is a server's
                await asyncio.sleep(0.05)


async def test_one_that_cannot_be_opened_leaves_its_place_to_another(
    one_connection: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = get_connection("default")

    async def refused() -> None:
        raise ConnectionRefusedError

    with pytest.raises(postgres.TROUBLE):
        await select("SELECT pg_terminate_backend(pg_backend_pid())")
    with monkeypatch.context() as server:
        server.setattr(client._pool, "_connect", refused)
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                await select(WHO)
    assert await pid()


async def test_reads_that_are_under_way_are_finished_before_it_is_closed(database_url: str) -> None:
    async with opened(f"{database_url}&maxsize=1"):
        reading = [asyncio.create_task(select("SELECT pg_sleep(0.05)")) for _ in range(3)]
        await asyncio.sleep(0)
    assert [len(rows) for rows in await asyncio.gather(*reading)] == [1, 1, 1]
