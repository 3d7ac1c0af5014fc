"""A database that is away, full, deadlocked, or that does what it is told without saying so."""

import asyncio
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest

from faults.conftest import Lab, opened_lab
from faults.proxy import Proxy, proxied
from faults.sink import Hold, running_sink
from faults.workers import Launch, eventually
from lab.needs import missing
from lab.postgres import StoppablePostgres, stoppable_postgres
from letterhead.store.database import configuration, migrate, select

SENT = ("SENT", "ACCEPTED")
LEASE = 1.5
AWAY_SECONDS = 10
"""Longer than any lease of the workers here."""


class Mortal(NamedTuple):
    lab: Lab
    postgres: StoppablePostgres


class Outage:
    """``url``: for the workers. ``begin`` and ``end``: PostgreSQL cannot be reached, SQLite is locked."""

    def __init__(self, lab: Lab, proxy: Proxy | None) -> None:
        self.url = proxy.url if proxy else lab.house.settings.database_url
        self._proxy = proxy
        self._path = self.url.removeprefix("sqlite://")
        self._lock: sqlite3.Connection | None = None

    async def begin(self) -> None:
        if self._proxy:
            self._proxy.away()
            return
        self._lock = sqlite3.connect(self._path, isolation_level=None)
        self._lock.execute("BEGIN EXCLUSIVE")

    async def end(self) -> None:
        if self._proxy:
            await self._proxy.back()
        if self._lock:
            self._lock.rollback()
            self._lock.close()


@pytest.fixture
async def outage(lab: Lab) -> AsyncIterator[Outage]:
    if lab.is_sqlite:
        yield Outage(lab, None)
        return
    async with proxied(lab.house.settings.database_url) as proxy:
        yield Outage(lab, proxy)
        await lab.close()


@pytest.mark.parametrize("point", ["DATA", "dot"])
async def test_a_database_away_for_longer_than_the_lease(lab: Lab, outage: Outage, point: str) -> None:
    """The worker that has the message in hand knows the verdict, and no other one steps in before it has
    written that down."""
    hold = Hold()
    await lab.policy("HOLD")
    async with running_sink(**{point: [hold]}) as sink:
        message_id = await lab.send(await lab.account(sink))
        lab.worker(url=outage.url, lease=LEASE)
        await hold.reached.wait()
        await lab.worker(url=outage.url, lease=LEASE).ready()
        await outage.begin()
        hold.go_on.set()
        await asyncio.sleep(LEASE * 2)
        await outage.end()
        await lab.over()
        await lab.check(sink)
        assert await lab.statuses(message_id) == SENT
        assert len(sink.whole) == 1


async def test_a_database_away_between_messages(lab: Lab, outage: Outage) -> None:
    async with running_sink() as sink:
        account = await lab.account(sink)
        first = await lab.send(account)
        lab.worker(url=outage.url)
        await lab.over()
        await outage.begin()
        await asyncio.sleep(1)
        await outage.end()
        second = await lab.send(account)
        await lab.over()
        await lab.check(sink)
        assert [await lab.statuses(one) for one in (first, second)] == [SENT, SENT]


@pytest.fixture
async def proxy(migrated_postgres: str) -> AsyncIterator[Proxy]:
    async with proxied(migrated_postgres) as proxy:
        yield proxy


@pytest.fixture
async def far_lab(proxy: Proxy, launch: Launch, lab_ca_file: Path, tmp_path: Path) -> AsyncIterator[Lab]:
    """Whoever takes messages in speaks to PostgreSQL by way of ``proxy``; so do the workers."""
    async with AsyncExitStack() as stack:
        yield await opened_lab(stack, proxy.url, launch, lab_ca_file, tmp_path)


@pytest.fixture
async def mortal(launch: Launch, lab_ca_file: Path, tmp_path: Path) -> AsyncIterator[Mortal]:
    """A lab on a PostgreSQL of its own, which keeps what it has committed when it is killed."""
    with stoppable_postgres("fsync=off") as postgres:
        url = postgres.server.new_database()
        await migrate(url)
        async with AsyncExitStack() as stack:
            yield Mortal(await opened_lab(stack, url, launch, lab_ca_file, tmp_path), postgres)


@pytest.mark.postgres
async def test_a_postgres_that_is_killed_and_comes_back_after_ten_seconds(mortal: Mortal) -> None:
    lab, hold = mortal.lab, Hold()
    await lab.policy("HOLD")
    async with running_sink(extensions=("PIPELINING",), dot=[*[None] * 9, hold]) as sink:
        accounts = [await lab.account(sink) for _ in range(3)]
        sent = [await lab.send(account) for account in accounts for _ in range(25)]
        lab.worker()
        lab.worker()
        await hold.reached.wait()
        mortal.postgres.stop()
        hold.go_on.set()
        await asyncio.sleep(AWAY_SECONDS)
        mortal.postgres.start()
        await lab.over()
        await lab.check(sink)
        assert {await lab.statuses(one) for one in sent} == {SENT}
        assert len(sink.whole) == len(sent)


@pytest.mark.postgres
@pytest.mark.parametrize("last", [b"SENT", b"COMMIT"], ids=["one statement", "several"])
async def test_an_outcome_whose_commit_is_not_answered_is_there(
    far_lab: Lab, proxy: Proxy, last: bytes
) -> None:
    """``last``: something of what is said last to PostgreSQL."""
    hold = Hold()
    await far_lab.policy("HOLD")
    if last == b"COMMIT":
        await far_lab.webhook()
    async with running_sink(dot=[hold]) as sink:
        message_id = await far_lab.send(await far_lab.account(sink))
        far_lab.worker()
        await hold.reached.wait()
        proxy.lose_answer_to(last)
        hold.go_on.set()
        await eventually(proxy.lost.is_set, "nothing was lost")
        await far_lab.over()
        await far_lab.check(sink)
        assert await far_lab.statuses(message_id) == SENT
        assert len(sink.whole) == 1


@pytest.mark.postgres
async def test_a_message_whose_commit_is_not_answered_is_taken_in_once(far_lab: Lab, proxy: Proxy) -> None:
    async with running_sink() as sink:
        account = await far_lab.account(sink)
        proxy.lose_answer_to(b"COMMIT")
        with pytest.raises(Exception, match="connection"):
            await far_lab.send(account, key="the same")
        message_id = await far_lab.send(account, key="the same")
        far_lab.worker()
        await far_lab.over()
        await far_lab.check(sink)
        assert await far_lab.statuses(message_id) == SENT
        assert len(sink.whole) == 1


@pytest.mark.postgres
async def test_an_outcome_that_meets_a_deadlock_is_written_down(far_lab: Lab, migrated_postgres: str) -> None:
    """Somebody has the recipient and wants the message; PostgreSQL ends the worker's transaction."""
    hold = Hold()
    await far_lab.policy("HOLD")
    async with running_sink(dot=[hold]) as sink, connected(migrated_postgres) as other:
        message_id = await far_lab.send(await far_lab.account(sink))
        worker = far_lab.worker()
        await hold.reached.wait()
        await other.execute("SET deadlock_timeout = '1min'")
        async with other.transaction():
            await other.execute("SELECT id FROM recipient WHERE message_id = $1 FOR UPDATE", message_id)
            hold.go_on.set()
            await eventually(somebody_waits, "the worker does not wait for the recipient")
            await other.execute("SELECT id FROM message WHERE id = $1 FOR UPDATE", message_id)
        await far_lab.over()
        await far_lab.check(sink)
        assert await far_lab.statuses(message_id) == SENT
        assert len(sink.whole) == 1
        assert (
            "DeadlockDetected" in worker.log.read_text() or "could not be written" in worker.log.read_text()
        )


async def somebody_waits() -> bool:
    return bool(await select("SELECT 1 AS one FROM pg_locks WHERE NOT granted"))


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    credentials = configuration(url)["connections"]["default"]["credentials"]
    names = ("host", "port", "user", "password", "database")
    connection = await asyncpg.connect(**{name: credentials[name] for name in names if name in credentials})
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def small_disk(at: Path) -> Iterator[None]:
    at.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(at)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        missing("a disk of a few megabytes can be mounted by root only")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


@pytest.fixture
async def small_lab(
    empty_sqlite: Path, launch: Launch, lab_ca_file: Path, tmp_path: Path
) -> AsyncIterator[Lab]:
    with small_disk(tmp_path / "disk"):
        shutil.copy(empty_sqlite, tmp_path / "disk" / "letterhead.db")
        async with AsyncExitStack() as stack:
            url = f"sqlite://{tmp_path}/disk/letterhead.db"
            yield await opened_lab(stack, url, launch, lab_ca_file, tmp_path)


async def test_an_outcome_is_written_down_once_the_disk_has_room(small_lab: Lab, tmp_path: Path) -> None:
    hold, filler = Hold(), tmp_path / "disk" / "filler"
    await small_lab.policy("HOLD")
    async with running_sink(dot=[hold]) as sink:
        account = await small_lab.account(sink)
        message_id = await small_lab.send(account)
        worker = small_lab.worker()
        await hold.reached.wait()
        fill(filler)
        with pytest.raises(Exception, match="full"):
            await small_lab.send(account, text="Too much.\n" * 10_000)
        hold.go_on.set()
        await eventually(lambda: "could not be written" in worker.log.read_text(), "the disk is not full")
        filler.unlink()
        await small_lab.over()
        await small_lab.check(sink)
        assert await small_lab.statuses(message_id) == SENT
        assert len(sink.whole) == 1


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue


FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''could not extend file'' USING ERRCODE = ''disk_full''; END';
CREATE TRIGGER full_disk BEFORE INSERT ON delivery_attempt EXECUTE FUNCTION full_disk();
"""


@pytest.mark.postgres
async def test_an_outcome_is_written_down_once_postgres_has_room(
    far_lab: Lab, migrated_postgres: str
) -> None:
    """A trigger says what PostgreSQL does when its disk is full."""
    hold = Hold()
    await far_lab.policy("HOLD")
    async with running_sink(dot=[hold]) as sink, connected(migrated_postgres) as other:
        message_id = await far_lab.send(await far_lab.account(sink))
        worker = far_lab.worker()
        await hold.reached.wait()
        await other.execute(FULL)
        hold.go_on.set()
        await eventually(lambda: "could not be written" in worker.log.read_text(), "it is not full")
        await other.execute("DROP FUNCTION full_disk CASCADE")
        await far_lab.over()
        await far_lab.check(sink)
        assert await far_lab.statuses(message_id) == SENT
        assert len(sink.whole) == 1
