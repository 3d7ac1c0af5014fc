"""What is done by itself from time to time: noting delays, and letting go of what was kept long enough."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from letterhead.house import House
from letterhead.outbox import attachments, delays, retention
from letterhead.signin import retention as sign_ins
from letterhead.store import allowance
from letterhead.store.clearing import delete_in_batches
from letterhead.store.database import now
from letterhead.trials import retention as tests

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
RETENTION_SECONDS = 3600.0
DELIVERIES_KEPT = timedelta(days=30)

Job = Callable[[House], Awaitable[int]]


async def _old_deliveries(_: House) -> int:
    ended = "SELECT id FROM webhook_delivery WHERE finished_at <= $1"
    return await delete_in_batches("webhook_delivery", ended, now() - DELIVERIES_KEPT)


OFTEN: dict[str, Job] = {
    "messages are delayed": delays.note_delays,
    "attachments had expired": attachments.sweep,
}
SELDOM: dict[str, Job] = {
    "the contents of messages were erased": retention.erase_contents,
    "messages were deleted": retention.delete_messages,
    "old account tests were deleted": lambda _: tests.delete_old(),
    "old sign-ins were deleted": lambda _: sign_ins.delete_old(),
    "allowances that are full again were forgotten": lambda _: allowance.sweep(),
    "old deliveries to webhooks were deleted": _old_deliveries,
}


async def run_upkeep(house: House, *, stop: asyncio.Event) -> None:
    """Until ``stop`` is set. In any number of processes: each job takes what the others have not."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while not stop.is_set():
        await do_all(house, OFTEN)
        if loop.time() >= due:
            await do_all(house, SELDOM)
            due = loop.time() + RETENTION_SECONDS
        try:
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        except TimeoutError:
            continue


async def do_all(house: House, jobs: dict[str, Job]) -> None:
    """One that fails does not keep the others from being done."""
    for event, job in jobs.items():
        try:
            if count := await job(house):
                log.info(event, count=count)
        except Exception:
            log.exception("upkeep failed", event_that_failed=event)
