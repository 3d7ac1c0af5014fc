"""The loop that tells events. Any number may run, in any number of processes."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from letterhead.house import House
from letterhead.webhooks import queue
from letterhead.webhooks.address import host_of
from letterhead.webhooks.deliver import deliver
from letterhead.webhooks.queue import Due, LeaseLost

log = structlog.get_logger(__name__)

AT_ONCE = 16
AT_ONCE_PER_HOST = 4
TURN = 20
"""Events of one webhook before another gets its turn; one that does not arrive ends the turn."""

LOOK_SECONDS = 0.5


@dataclass
class Turns:
    """``busy`` webhooks have their turn, ``served`` ones had it and let others go first."""

    busy: dict[asyncio.Task[None], Due] = field(default_factory=dict)
    served: set[UUID] = field(default_factory=set)

    def put_away_ended(self) -> None:
        for task in [task for task in self.busy if task.done()]:
            self.served.add(self.busy.pop(task).id)

    async def next(self) -> list[Due]:
        taken = await self._due(self.served)
        if not taken and self.served:
            self.served.clear()
            taken = await self._due(frozenset())
        return taken

    async def _due(self, served: set[UUID] | frozenset[UUID]) -> list[Due]:
        free = AT_ONCE - len(self.busy)
        if free <= 0:
            return []
        at_host = Counter(host_of(one.url) for one in self.busy.values())
        full = [host for host, several in at_host.items() if several >= AT_ONCE_PER_HOST]
        besides = served | {one.id for one in self.busy.values()}
        taken = []
        for one in await queue.due(free, besides=besides, hosts=full):
            at_host[host_of(one.url)] += 1
            if at_host[host_of(one.url)] <= AT_ONCE_PER_HOST:
                taken.append(one)
        return taken


async def run_webhooks(house: House, *, stop: asyncio.Event) -> None:
    """Until ``stop`` is set; then it finishes what is in hand. Outlives faults and a lost database."""
    turns, stopping = Turns(), asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            try:
                due = await turns.next()
            except Exception as exc:  # noqa: BLE001 - the next look may succeed
                log.warning("the events could not be read", error=type(exc).__name__)
                due = []
            for one in due:
                turns.busy[asyncio.create_task(_take_turn(house, one, stop=stop))] = one
            await asyncio.wait(
                {stopping, *turns.busy}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            turns.put_away_ended()
    finally:
        stopping.cancel()
        await asyncio.gather(*turns.busy)


async def _take_turn(house: House, due: Due, *, stop: asyncio.Event) -> None:
    try:
        for _ in range(TURN):
            claim = None if stop.is_set() else await queue.claim(due.id)
            if claim is None or not await deliver(house, claim):
                break
        await queue.forget_finished(due.id)
    except LeaseLost:
        log.info("an event was taken over, or its webhook deleted", webhook=str(due.id))
    except Exception as exc:  # noqa: BLE001 - one webhook's fault must not stop the others
        log.warning("a webhook met a fault", webhook=str(due.id), error=type(exc).__name__)
