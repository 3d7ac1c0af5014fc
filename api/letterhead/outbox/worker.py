"""The loop that empties the outbox. Any number may run, in any number of processes."""

import asyncio
import math
from dataclasses import dataclass, field
from uuid import UUID

from letterhead.house import House
from letterhead.outbox import queue
from letterhead.outbox.fairness import Due, Places, whose_turn
from letterhead.outbox.lines import Lines
from letterhead.outbox.turn import BATCH, LINES, Rest, Workshop, report, take_turn
from letterhead.store.database import select, transaction

PLACES = Places(all=32, account=LINES, host=10, batch=BATCH)
DUE_SECONDS = 0.5
"""How late a message may be noticed whose time has come, which nothing tells."""

OTHERS_FIRST_SECONDS = 2.0
"""After the database was away, in which those who still have an outcome to write down go first: their leases
may have run out meanwhile, and whoever took such a message would have to call it uncertain."""

DEEP_LOOK_SECONDS = 1.0
"""A look past all messages of those who have their turn costs something, so it is not taken for each turn."""


@dataclass
class Shift:
    """``busy``: the turns that are under way. ``served``: accounts that had theirs and let others go first.

    ``resting`` accounts and ``hosts``: until when, by the loop's clock. ``others_first_until``: until when
    nothing is taken in hand; infinite while the database is away.
    """

    busy: dict[asyncio.Task[Rest], Due] = field(default_factory=dict)
    served: set[UUID | None] = field(default_factory=set)
    resting: dict[UUID | None, float] = field(default_factory=dict)
    hosts: dict[str, float] = field(default_factory=dict)
    looked_deep_at: float = 0.0
    others_first_until: float = 0.0

    def put_away_ended(self, at: float) -> None:
        for turn in [turn for turn in self.busy if turn.done()]:
            due, rest = self.busy.pop(turn), turn.result()
            self.served.add(due.account_id)
            if rest.away:
                self.others_first_until = math.inf
            if rest.of_host:
                self.hosts[due.host] = at + rest.seconds
            elif rest.seconds:
                self.resting[due.account_id] = at + rest.seconds
        self.resting = {one: until for one, until in self.resting.items() if until > at}
        self.hosts = {one: until for one, until in self.hosts.items() if until > at}

    async def next(self, at: float) -> list[Due]:
        """Whom to serve now."""
        if at < self.others_first_until:
            await self._come_back()
            return []
        if len(self.busy) >= PLACES.all:
            return []
        chosen = await self._look(besides=self.served)
        if len(self.busy) + len(chosen) < PLACES.all and self.served:
            self.served.clear()
            chosen += await self._look(besides={one.account_id for one in chosen}, chosen=chosen)
        if not chosen and at - self.looked_deep_at > DEEP_LOOK_SECONDS:
            self.looked_deep_at = at
            chosen = await self._look(besides=set(), deep=True)
        return chosen

    async def _come_back(self) -> None:
        async with transaction():  # which on SQLite takes the lock that writing needs
            await select("SELECT 1 AS one")
        back_at = asyncio.get_running_loop().time()  # it may have waited for as long as the database was away
        self.others_first_until = min(self.others_first_until, back_at + OTHERS_FIRST_SECONDS)

    async def _look(
        self, *, besides: set[UUID | None], chosen: list[Due] | None = None, deep: bool = False
    ) -> list[Due]:
        due = await queue.due_accounts(besides=besides | self.resting.keys() | self._full(), deep=deep)
        for one in due:
            if one.host in self.hosts:
                self.resting[one.account_id] = self.hosts[one.host]
        able = [one for one in due if one.account_id not in self.resting]
        return whose_turn(able, [*self.busy.values(), *(chosen or [])], PLACES)

    def _full(self) -> set[UUID | None]:
        accounts = [due.account_id for due in self.busy.values()]
        return {one for one in accounts if accounts.count(one) >= PLACES.account}


async def run_worker(house: House, *, stop: asyncio.Event, name: str) -> None:
    """Until ``stop`` is set; then it finishes the messages in hand. Outlives faults and a lost database."""
    shift, loop = Shift(), asyncio.get_running_loop()
    shop = Workshop(house=house, name=name, stop=stop, lines=Lines(house))
    try:
        async with asyncio.TaskGroup() as tasks:
            async for _ in house.news.about(queue.TOPIC, at_least_every=DUE_SECONDS):
                if stop.is_set():
                    break
                shift.put_away_ended(loop.time())
                if idle := shop.lines.idle_too_long():
                    tasks.create_task(shop.lines.close(idle))
                try:
                    chosen = await shift.next(loop.time())
                except Exception as exc:  # noqa: BLE001 - the next look may succeed
                    report("the outbox could not be read", exc)
                    shift.others_first_until = math.inf
                    continue
                for due in chosen:
                    shop.lines.make_room(due, busy=shift.busy.values(), most=PLACES.host)
                    turn = tasks.create_task(take_turn(shop, due))
                    turn.add_done_callback(lambda _: house.news.changed(queue.TOPIC))
                    shift.busy[turn] = due
    finally:
        await shop.lines.close(shop.lines.all_idle())
