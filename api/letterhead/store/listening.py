"""Carries news between the processes that share a database, so that nobody need ask it again and again.

PostgreSQL tells all who LISTEN (https://www.postgresql.org/docs/current/sql-notify.html). SQLite tells a
connection that others have written, though not what (https://sqlite.org/pragma.html#pragma_data_version).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from itertools import islice
from typing import Any
from uuid import UUID

import structlog

from letterhead.news import News
from letterhead.store.database import is_postgres, postgres_connection, select

log = structlog.get_logger(__name__)

CHANNEL = "letterhead_news"
MOST_SUBJECTS = 240
"""In one notification, which may have 7,999 octets; an id has 32."""

SQLITE_LOOKS_EVERY = 1.0
HEARTBEAT_SECONDS = 20.0
PATIENCE_SECONDS = 3.0
"""For a notification to come back to its sender. A dead connection, and a pooler that does not pass
notifications on, show themselves by nothing else."""

PAUSES = (0.1, 0.5, 1.0, 2.0)
"""Seconds before another connection is tried; the last one from then on."""


@asynccontextmanager
async def carried(url: str, news: News) -> AsyncIterator[None]:
    """Within the block ``news`` of all processes is one. Whatever is to be told is told before it ends."""
    carrier = _Postgres(url, news) if is_postgres() else _SQLite(news, await _data_version())
    work = asyncio.create_task(carrier.run())
    try:
        with news.told_to(carrier.tell):
            yield
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await carrier.all_told()
        work.cancel()
        await asyncio.wait([work])


class _SQLite:
    """Other processes see for themselves; we see that they wrote."""

    def __init__(self, news: News, version: int) -> None:
        self._news = news
        self._version = version

    def tell(self, subjects: Iterable[UUID]) -> None:
        """They notice."""

    async def all_told(self) -> None:
        """They have noticed."""

    async def run(self) -> None:
        while True:
            await asyncio.sleep(SQLITE_LOOKS_EVERY)
            try:
                version = await _data_version()
            except Exception as exc:  # noqa: BLE001 - the next look may succeed
                log.warning("the database could not be asked for changes", error=type(exc).__name__)
                continue
            if version != self._version:
                self._version = version
                self._news.missed()


async def _data_version() -> int:
    """Of the connection that writes: what it wrote itself does not change it."""
    [row] = await select("PRAGMA data_version")
    version: int = row["data_version"]
    return version


class _Postgres:
    """One connection of its own, on which is told and heard."""

    def __init__(self, url: str, news: News) -> None:
        self._url = url
        self._news = news
        self._untold: set[UUID] = set()
        self._wake = asyncio.Event()
        self._came_back = asyncio.Event()
        self._nothing_untold = asyncio.Event()
        self._nothing_untold.set()
        self._failures = 0

    def tell(self, subjects: Iterable[UUID]) -> None:
        self._untold.update(subjects)
        self._nothing_untold.clear()
        self._wake.set()

    async def all_told(self) -> None:
        await self._nothing_untold.wait()

    async def run(self) -> None:
        from letterhead.store import postgres  # noqa: PLC0415 - its driver, which SQLite does without

        while True:
            try:
                connection = await postgres_connection(self._url, timeout=PATIENCE_SECONDS)
                try:
                    await self._talk(connection)
                finally:
                    connection.terminate()
            except (*postgres.TROUBLE, TimeoutError) as exc:
                log.warning("no news from other processes just now", error=type(exc).__name__)
            pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
            self._failures += 1
            await asyncio.sleep(pause)

    async def _talk(self, connection: Any) -> None:
        """Until the connection is lost. What was said while nobody listened is made up for by looking."""
        connection.add_termination_listener(lambda _: self._wake.set())
        await connection.add_listener(CHANNEL, self._hear)
        self._news.missed()
        while True:  # on a lost connection nothing can be said, which raises
            self._wake.clear()
            await self._say(connection, set(islice(self._untold, MOST_SUBJECTS)))
            self._failures = 0
            if self._untold:
                continue
            self._nothing_untold.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._wake.wait()

    async def _say(self, connection: Any, subjects: set[UUID]) -> None:
        """With no subjects it is a heartbeat."""
        # Taken out before, so that what changes meanwhile is said once more.
        self._untold -= subjects
        self._came_back.clear()
        payload = "".join(subject.hex for subject in subjects)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
                await self._came_back.wait()
        except BaseException:
            self._untold |= subjects
            raise

    def _hear(self, connection: Any, sender: int, channel: str, payload: object) -> None:
        if sender == connection.get_server_pid():
            self._came_back.set()
        else:
            self._news.heard(_subjects(str(payload)))


def _subjects(payload: str) -> list[UUID]:
    """None of what is not ours: anybody with the database's password can notify."""
    try:
        return [UUID(payload[at : at + 32]) for at in range(0, len(payload), 32)]
    except ValueError:
        return []
