import asyncio
from pathlib import Path

import pytest

from letterhead.store.database import at_once, migrate, opened, select, transaction
from letterhead.store.models import Company


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite://{tmp_path / 'x.db'}"
    await migrate(url)
    return url


async def test_a_transaction_that_was_cancelled_while_it_began_leaves_the_database_usable(
    sqlite_url: str,
) -> None:
    async def begin() -> None:
        async with transaction():
            await Company.create(name="never")

    async with opened(sqlite_url):
        for pause in (0, 0.0001, 0.001):
            work = asyncio.create_task(begin())
            await asyncio.sleep(pause)
            work.cancel()
            await asyncio.wait({work})
        async with asyncio.timeout(5), transaction():
            await Company.create(name="after")
        names = {row["name"] for row in await select("SELECT name FROM company")}
    assert "after" in names


async def test_two_transactions_that_read_first_wait_for_each_other(sqlite_url: str) -> None:
    async def add(name: str) -> None:
        async with transaction():
            await Company.exists(name=name)
            await asyncio.sleep(0)
            await Company.create(name=name)

    async with opened(sqlite_url):
        await asyncio.gather(*(add(f"company {number}") for number in range(20)))
        assert await Company.all().count() == 20


async def test_the_journal_is_written_ahead_and_flushed(sqlite_url: str) -> None:
    async with opened(sqlite_url):
        [journal], [flushed], [keys] = [
            (await select(f"PRAGMA {pragma}"))[0].values()
            for pragma in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert (journal, flushed, keys) == ("wal", 2, 1)


async def test_what_is_done_at_once_is_seen_when_it_is_done(database: None) -> None:
    async def add() -> int:
        await Company.bulk_create([Company(name="one"), Company(name="two"), Company(name="three")])
        return len(await select("SELECT id FROM company"))

    assert await at_once(add) == 3
    assert await Company.all().count() == 3


async def test_what_fails_halfway_is_not_done_at_all(database: None) -> None:
    async def fail() -> None:
        await Company.bulk_create([Company(name="never")])
        raise LookupError

    with pytest.raises(LookupError):
        await at_once(fail)
    assert await Company.all().count() == 0


async def test_on_sqlite_nothing_else_is_awaited_at_once(sqlite_url: str) -> None:
    never = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        await Company.bulk_create([Company(name="never")])
        await asyncio.sleep(0)
        await never

    async with opened(sqlite_url):
        with pytest.raises(RuntimeError):
            await at_once(wait)
        assert await Company.all().count() == 0
