"""Keeping a message in hand while it is worked on, and never longer than the lease says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from letterhead.outbox import queue
from letterhead.outbox.queue import LEASE_SECONDS, Claim

log = structlog.get_logger(__name__)

BEAT_SECONDS = LEASE_SECONDS / 3
HOLD_SECONDS = LEASE_SECONDS * 5 / 6
"""Without news of the lease the work ends before the lease does, so that two never send at once."""

LONGEST_SECONDS = 15 * 60
"""For one attempt in all: the ten minutes for a verdict (RFC 5321 section 4.5.3.2.6), and the rest."""


@asynccontextmanager
async def in_hand(claim: Claim) -> AsyncIterator[None]:
    """Renews the lease. Raises TimeoutError in the block when it cannot, or when it took too long."""
    async with asyncio.timeout(HOLD_SECONDS) as deadline:
        beat = asyncio.create_task(_beat(claim, deadline))
        try:
            yield
        finally:
            beat.cancel()
            await asyncio.wait({beat})


async def _beat(claim: Claim, deadline: asyncio.Timeout) -> None:
    loop = asyncio.get_running_loop()
    ends = loop.time() + LONGEST_SECONDS
    while not deadline.expired():
        await asyncio.sleep(BEAT_SECONDS)
        asked = loop.time()
        try:
            kept = await queue.keep(claim)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the deadline stands
            log.warning("a lease could not be renewed", message=str(claim.id), error=type(exc).__name__)
            continue
        if not deadline.expired():
            deadline.reschedule(min(asked + HOLD_SECONDS, ends) if kept else asked)
