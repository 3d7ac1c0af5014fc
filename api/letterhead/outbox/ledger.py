"""Commits together what many conversations have to write down at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from letterhead.outbox import writing
from letterhead.outbox.outcome import Settlement
from letterhead.outbox.queue import Claim, LeaseLost
from letterhead.outbox.writing import Begun, Entry, Settled
from letterhead.store.database import transaction

log = structlog.get_logger(__name__)

MOST_AT_ONCE = 200
PAUSE_SECONDS = 0.5
INSIST_SECONDS = 10 * 60

Waiting = tuple[Entry, asyncio.Future[None]]


class Ledger:
    """While one group is being committed the next one gathers: nobody waits for company, and the more there
    is to write the less each costs. A database that syncs its log does so once for all of them."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def begin(self, claim: Claim, *, dated_at: datetime) -> None:
        """Raises LeaseLost, here and below; or whatever the database says."""
        await self._write(Begun(claim=claim, dated_at=dated_at))

    async def settle(self, claim: Claim, settlement: Settlement) -> None:
        await self._write(Settled(claim=claim, settlement=settlement))

    async def _write(self, entry: Entry) -> None:
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            await _commit(group)


async def _commit(group: Sequence[Waiting]) -> None:
    try:
        lost = await _written([entry for entry, _ in group])
    except Exception as exc:  # noqa: BLE001 - drivers raise what they like; whoever waits is told
        if isinstance(exc, OSError) or len(group) == 1:
            _tell(group, exc)
            return
        for one in group:  # what is wrong with one of them must not cost the others
            await _commit([one])
        return
    for entry, done in group:
        gone = entry.claim.id in lost
        _tell([(entry, done)], LeaseLost("the lease on a message was lost") if gone else None)


async def _written(entries: Sequence[Entry]) -> frozenset[UUID]:
    alike = {entry.dated_at if isinstance(entry, Begun) else None for entry in entries}
    if len(alike) == 1 and None not in alike:  # a single statement, which is a transaction by itself
        return await writing.write(entries)
    async with transaction():
        return await writing.write(entries)


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
