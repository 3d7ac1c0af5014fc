"""Keeping messages in hand while they are worked on, and never longer than their lease says."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import structlog

from letterhead.outbox import queue
from letterhead.outbox.queue import LEASE_SECONDS, Claim

log = structlog.get_logger(__name__)

BEAT_SECONDS = LEASE_SECONDS / 3
HOLD_SECONDS = LEASE_SECONDS * 5 / 6
"""Without news of the lease the work ends before the lease does, so that two never send at once."""

LONGEST_SECONDS = 30 * 60
"""For one attempt in all: the ten minutes for a verdict (RFC 5321 section 4.5.3.2.6), and the rest."""


class Hand:
    """``until``: by the loop's clock, which goes on while the process is stopped; after it, nothing in hand
    may be finished, because another worker may have it."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.left: dict[UUID, Claim] = {claim.id: claim for claim in claims}
        self.until = asyncio.get_running_loop().time() + HOLD_SECONDS
        self._deadline: asyncio.Timeout | None = None
        self._ends = 0.0
        self._current: UUID | None = None

    @asynccontextmanager
    async def working_on(self, claim: Claim) -> AsyncIterator[None]:
        """Raises TimeoutError in the block when its lease cannot be renewed, or when it takes too long."""
        self._ends = asyncio.get_running_loop().time() + LONGEST_SECONDS
        self._current = claim.id
        try:
            async with asyncio.timeout_at(min(self.until, self._ends)) as self._deadline:
                yield
        finally:
            self._deadline = None

    def in_time(self) -> bool:
        return asyncio.get_running_loop().time() < self.until

    async def beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            asked = loop.time()
            try:
                kept = await queue.keep(list(self.left.values()))
            except Exception as exc:  # noqa: BLE001 - whatever it is, the deadline stands
                log.warning("leases could not be renewed", error=type(exc).__name__)
                continue
            self.until = asked + HOLD_SECONDS
            self.left = {claim_id: claim for claim_id, claim in self.left.items() if claim_id in kept}
            if self._deadline and not self._deadline.expired():
                ours = self._current in kept
                self._deadline.reschedule(min(self.until, self._ends) if ours else asked)


@asynccontextmanager
async def in_hand(claims: Sequence[Claim]) -> AsyncIterator[Hand]:
    """Renews their leases while the block runs."""
    hand = Hand(claims)
    beat = asyncio.create_task(hand.beat())
    try:
        yield hand
    finally:
        beat.cancel()
        await asyncio.wait({beat})
