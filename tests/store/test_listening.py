"""What one process changes, the readers of another look at."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from uuid import UUID, uuid4

import aiosqlite
import asyncpg
import pytest

from lab.on import on_postgres_alone, on_sqlite_alone
from letterhead.news import News
from letterhead.store.database import is_postgres, postgres_connection, select
from letterhead.store.listening import CHANNEL, carried

NEVER = 1000.0
ENDS_THE_LISTENERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE '%pg_notify%' AND pid <> pg_backend_pid()
"""


@asynccontextmanager
async def reader(news: News, subject: UUID) -> AsyncIterator[AsyncIterator[None]]:
    """Past the look that everybody takes at the beginning, and the one when its process begins to listen."""
    async with aclosing(news.about(subject)) as looks:
        await anext(looks)
        yield looks


async def looked(looks: AsyncIterator[None]) -> None:
    async with asyncio.timeout(20):
        await anext(looks)


@pytest.fixture
async def ours(database: None, database_url: str) -> AsyncIterator[News]:
    news = News(look_again_seconds=NEVER)
    async with carried(database_url, news):
        await settled(news)
        yield news


@pytest.fixture
async def theirs(database: None, database_url: str) -> AsyncIterator[News]:
    """As in another process: over a connection of its own."""
    news = News(look_again_seconds=NEVER)
    async with carried(database_url, news):
        await settled(news)
        yield news


async def settled(news: News) -> None:
    """Until it listens: on PostgreSQL it looks once when it begins to."""
    if is_postgres():
        async with reader(news, uuid4()) as looks:
            await looked(looks)


@on_postgres_alone
@pytest.mark.parametrize("count", [1, 1000])
async def test_what_others_change_is_looked_at(ours: News, theirs: News, count: int) -> None:
    subjects = [uuid4() for _ in range(count)]
    async with reader(ours, subjects[0]) as first, reader(ours, subjects[-1]) as last:
        theirs.changed(*subjects)

        await asyncio.gather(looked(first), looked(last))


@on_postgres_alone
async def test_what_nobody_changed_is_not_looked_at(ours: News, theirs: News) -> None:
    changed, other = uuid4(), uuid4()
    async with reader(ours, changed) as looks, reader(ours, other) as rest:
        waiting = asyncio.ensure_future(anext(rest))
        theirs.changed(changed)
        await looked(looks)

        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])


@on_postgres_alone
async def test_a_lost_connection_is_made_up_for(ours: News, theirs: News, database_url: str) -> None:
    subject = uuid4()
    async with reader(ours, uuid4()) as untouched, reader(ours, subject) as looks:
        killer = await postgres_connection(database_url, timeout=10)
        await killer.execute(ENDS_THE_LISTENERS)
        await killer.close()
        await looked(untouched)  # whatever was said meanwhile, it has not heard
        await looked(looks)

        theirs.changed(subject)

        await looked(looks)


@on_postgres_alone
async def test_what_was_changed_last_is_told_before_the_end(
    ours: News, theirs: News, database_url: str
) -> None:
    subject = uuid4()
    async with reader(ours, subject) as looks:
        async with carried(database_url, leaving := News()):
            leaving.changed(subject)

        await looked(looks)


@on_postgres_alone
@pytest.mark.parametrize("payload", ["x", "0" * 31, "😀" * 40])
async def test_what_is_no_news_of_ours_is_nothing(
    ours: News, theirs: News, database_url: str, payload: str
) -> None:
    subject = uuid4()
    async with reader(ours, subject) as looks:
        connection = await postgres_connection(database_url, timeout=10)
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
        await connection.close()

        theirs.changed(subject)

        await looked(looks)


@on_postgres_alone
async def test_without_a_database_nobody_fails(database: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = asyncio.Event()

    async def away(url: str, *, timeout: float) -> asyncpg.Connection:
        tried.set()
        raise ConnectionRefusedError

    monkeypatch.setattr("letterhead.store.listening.postgres_connection", away)
    subject, news = uuid4(), News(look_again_seconds=NEVER)
    async with carried("", news), reader(news, subject) as looks:
        await tried.wait()
        monkeypatch.setattr("letterhead.store.listening.PATIENCE_SECONDS", 0.01)
        news.changed(subject)
        await looked(looks)


@on_sqlite_alone
async def test_another_process_that_writes_to_a_file_is_seen(ours: News, database_url: str) -> None:
    async with reader(ours, uuid4()) as looks:
        async with aiosqlite.connect(database_url.removeprefix("sqlite://")) as other:
            await other.execute(
                "INSERT INTO key_check (kid, value, created_at) VALUES ('k', 'v', '2026-01-01')"
            )
            await other.commit()

        await looked(looks)


@on_sqlite_alone
async def test_what_this_process_writes_is_no_news_from_others(
    ours: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[str] = []
    asked = asyncio.Event()

    async def counting(sql: str) -> object:
        rows = await select(sql)
        looked_at.append(sql)
        if len(looked_at) == 3:
            asked.set()
        return rows

    monkeypatch.setattr("letterhead.store.listening.SQLITE_LOOKS_EVERY", 0.01)
    async with reader(ours, uuid4()) as looks:
        waiting = asyncio.ensure_future(anext(looks))
        monkeypatch.setattr("letterhead.store.listening.select", counting)
        await select("INSERT INTO key_check (kid, value, created_at) VALUES ('k', 'v', '2026')")
        await asyncio.wait_for(asked.wait(), 20)

        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])
