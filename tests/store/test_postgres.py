"""However a read ends, its connection serves the next one."""

import asyncio
from collections.abc import AsyncIterator

import pytest
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


async def test_after_a_transaction(one_connection: None) -> None:
    before = await pid()
    async with transaction():
        assert await pid() == before
    assert await pid() == before


async def test_it_is_replaced_when_it_has_served_its_time(database_url: str) -> None:
    async with opened(f"{database_url}&maxsize=1&max_queries=10"):
        assert len({await pid() for _ in range(30)}) > 1
