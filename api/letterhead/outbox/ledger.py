"""Commits together what many conversations have to write down at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from letterhead.outbox import late, writing, writing_at_once
from letterhead.outbox.outcome import Settlement
from letterhead.outbox.queue import Claim, LeaseLost
from letterhead.outbox.writing import Begun, Entry, Settled
from letterhead.store.database import at_once, is_postgres

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 200
PAUSE_SECONDS = 0.5
INSIST_SECONDS = 10 * 60

PATIENCE = 0.005
"""Seconds that an outcome waits for its connection's next message, whose begin is written with it."""

SHARE = 0.5
LONGEST_GATHERING = 0.003
"""Seconds, and the share of the last commit's time, that the next one waits at most for those whom that one
let go: they are back with their next messages in a moment, and would wait for a whole commit more."""

Waiting = tuple[Entry, asyncio.Future[None]]


class Ledger:
    """While one group is being committed the next one gathers, and the more there is to write the less each
    costs. A database that syncs its log does so once for all of them."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._due: asyncio.TimerHandle | None = None
        self._expected = 0
        self._all_back = asyncio.Event()

    async def begin(self, claim: Claim, *, dated_at: datetime) -> None:
        """Raises LeaseLost, here and below; or whatever the database says."""
        done = self._wait(Begun(claim=claim, dated_at=dated_at))
        if _begun(self._waiting) >= self._expected:
            self._all_back.set()
        self._write()
        await done

    async def settle(self, claim: Claim, settlement: Settlement) -> None:
        done = self._wait(Settled(claim=claim, settlement=settlement))
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(PATIENCE, self._write)
        try:
            await done
        except LeaseLost:
            if not await late.settle(claim, settlement):
                raise

    def _wait(self, entry: Entry) -> asyncio.Future[None]:
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        return done

    def _write(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            started = loop.time()
            await _commit(group)
            self._expected = _begun(group) + _begun(self._waiting)
            await self._gathered(min(LONGEST_GATHERING, SHARE * (loop.time() - started)))

    async def _gathered(self, seconds: float) -> None:
        """Until all are back whom the last commit let go, or for so long."""
        self._all_back.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._all_back.wait()


def _begun(some: Sequence[Waiting]) -> int:
    return sum(isinstance(entry, Begun) for entry, _ in some)


async def _commit(group: Sequence[Waiting]) -> None:
    left = list(group)
    try:
        if is_postgres():
            left = await _at_once(group)
        lost = await at_once(lambda: writing.write([entry for entry, _ in left])) if left else frozenset()
    except Exception as exc:  # noqa: BLE001 - drivers raise what they like; whoever waits is told
        if isinstance(exc, OSError) or len(left) == 1:
            _tell(left, exc)
            return
        for one in left:  # what is wrong with one of them must not cost the others
            await _commit([one])
        return
    for entry, done in left:
        gone = entry.claim.id in lost
        _tell([(entry, done)], LeaseLost("the lease on a message was lost") if gone else None)


async def _at_once(group: Sequence[Waiting]) -> list[Waiting]:
    """Those about whom it wrote nothing."""
    written = await writing_at_once.write([entry for entry, _ in group])
    _tell([one for one in group if one[0].claim.id in written], None)
    return [one for one in group if one[0].claim.id not in written]


def _tell(group: Sequence[Waiting], error: Exception | None) -> None:
    for _, done in group:
        if done.done():
            continue
        if error:
            done.set_exception(error)
        else:
            done.set_result(None)


async def insist(claim: Claim, write: Callable[[], Awaitable[None]]) -> None:
    """Until it is written down or somebody else has the message in hand, however long the database is away:
    what a server answered is known here alone, and to lose it would mean sending twice.

    Raises LeaseLost; after ten minutes, whatever the database says.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + INSIST_SECONDS
    while True:
        try:
            return await write()
        except LeaseLost:
            raise
        except Exception as exc:
            log.warning("an entry could not be written", message=str(claim.id), error=type(exc).__name__)
            if loop.time() > until:
                raise
        await asyncio.sleep(PAUSE_SECONDS)
