"""The loop that empties the outbox. Any number may run, in any number of processes."""

import asyncio
import traceback
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from letterhead.house import House
from letterhead.outbox import queue
from letterhead.outbox.deliver import deliver
from letterhead.outbox.line import Line
from letterhead.outbox.queue import Claim, LeaseLost

log = structlog.get_logger(__name__)

ACCOUNTS_AT_ONCE = 8
TURN = 50
"""Messages of one account before another gets its turn."""

REST_SECONDS = 30
"""For an account whose server could not be reached, so that each of its messages does not find out anew."""

FIRST_PAUSE_SECONDS = 10


@dataclass
class Turns:
    """Whose turn it is: ``busy`` accounts have theirs, ``served`` ones had it and let others go first."""

    busy: dict[UUID | None, asyncio.Task[bool]] = field(default_factory=dict)
    served: set[UUID | None] = field(default_factory=set)
    resting: dict[UUID | None, float] = field(default_factory=dict)

    def put_away_ended(self, at: float) -> None:
        for account_id in [account_id for account_id, turn in self.busy.items() if turn.done()]:
            self.served.add(account_id)
            if not self.busy.pop(account_id).result():
                self.resting[account_id] = at + REST_SECONDS
        self.resting = {account_id: until for account_id, until in self.resting.items() if until > at}

    async def next(self) -> list[UUID | None]:
        free = ACCOUNTS_AT_ONCE - len(self.busy)
        if not free:
            return []
        away = {*self.busy, *self.resting}
        found = await queue.due_accounts(free, besides=away | self.served)
        if len(found) < free and self.served:
            self.served.clear()
            found += await queue.due_accounts(free - len(found), besides=away | set(found))
        return found


async def run_worker(house: House, *, stop: asyncio.Event, name: str) -> None:
    """Until ``stop`` is set; then it finishes the messages in hand. Outlives faults and a lost database."""
    turns, loop = Turns(), asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        async for _ in house.news.about(queue.TOPIC):
            if stop.is_set():
                return
            turns.put_away_ended(loop.time())
            try:
                due = await turns.next()
            except Exception as exc:  # noqa: BLE001 - the next look may succeed
                _report("the outbox could not be read", exc)
                continue
            for account_id in due:
                turn = tasks.create_task(_take_turn(house, account_id, stop=stop, name=name))
                turn.add_done_callback(lambda _: house.news.changed(queue.TOPIC))
                turns.busy[account_id] = turn


async def _take_turn(house: House, account_id: UUID | None, *, stop: asyncio.Event, name: str) -> bool:
    """Deliver an account's messages one after the other. False: its server cannot be reached just now."""
    line, reached = Line(house), True
    try:
        for _ in range(TURN):
            claim = None if stop.is_set() or not reached else await queue.claim(account_id, worker=name)
            if claim is None:
                break
            reached = await _delivered(house, claim, line)
        await line.close()
    except Exception as exc:  # noqa: BLE001 - one account's fault must not stop the others
        _report("an account's turn failed", exc, account=str(account_id))
    finally:
        line.drop()
    return reached


async def _delivered(house: House, claim: Claim, line: Line) -> bool:
    """Whatever one message does, the others go on."""
    try:
        return await deliver(house, claim, line)
    except LeaseLost:
        log.warning("the lease on a message was lost", message=str(claim.id))
    except Exception as exc:  # noqa: BLE001 - one message's fault must not stop the others
        _report("a message met a fault", exc, message=str(claim.id), faults=claim.faults)
        await queue.put_back(claim, seconds=FIRST_PAUSE_SECONDS * 2 ** (claim.faults - 1))
    line.drop()
    return True


def _report(event: str, exc: Exception, **facts: object) -> None:
    """With the fault's kind and place only: its words could hold what the mail is about."""
    frames = traceback.extract_tb(exc.__traceback__)
    at = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    log.error(event, error=type(exc).__name__, at=at, **facts)
