"""What callers may ask for in a minute, in all processes together.

A process takes a portion of a caller's allowance from the database and spends it by itself, so that hundreds
of cheap operations cost one write.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from letterhead.errors import NotAnswerable, TooOften
from letterhead.identity.actor import Actor
from letterhead.store.allowance import Rate, left, refilled, take
from letterhead.store.database import now

MINUTE = 60.0
PORTIONS = 50
"""The allowance of a minute is handed out in so many."""

MOST_PURSES = 10_000


@dataclass(frozen=True, kw_only=True)
class Left:
    """``full_at``: when all that was spent will have been made up for."""

    points: int
    full_at: datetime


class Purses:
    """One for each caller who asked something a moment ago."""

    def __init__(self, per_minute: int, *, most: int = MOST_PURSES) -> None:
        """``per_minute``: 0 lets everything through."""
        self._per_minute = per_minute
        self._most = most
        self._points: OrderedDict[tuple[UUID, str], float] = OrderedDict()

    async def spend(self, points: int, *, by: Actor) -> None:
        """Raises TooOften, and NotAnswerable for what no minute's allowance is enough for."""
        if not self._per_minute:
            return
        if points > self._per_minute:
            raise NotAnswerable(
                "TOO_COMPLEX",
                f"This costs {points}, and {self._per_minute} is all that a minute allows.",
                "Ask for smaller pages.",
            )
        missing = points - self._points.get(_key(by), 0)
        taken = await self._take(missing, by=by) if missing > 0 else 0.0
        # Others may have spent or taken while the database was asked.
        self._points[_key(by)] = self._points.pop(_key(by), 0) + taken - points
        while len(self._points) > self._most:
            self._points.popitem(last=False)

    async def left(self, *, by: Actor) -> Left:
        if not self._per_minute:
            return Left(points=2**31 - 1, full_at=now())
        shared = await left(by.company_id, _subject(by), self._rate)
        missing = (self._per_minute - shared) * self._rate.interval
        points = min(self._per_minute, int(shared + max(0.0, self._points.get(_key(by), 0))))
        return Left(points=points, full_at=now() + timedelta(seconds=missing))

    async def _take(self, missing: float, *, by: Actor) -> float:
        """As much as a portion, or only what is missing where no more is left."""
        portion, wait = max(missing, self._per_minute / PORTIONS), 0.0
        for amount in (portion, missing):
            wait = await take(by.company_id, _subject(by), self._rate, amount=amount)
            if not wait:
                return amount
        message = f"You have asked for as much as a minute allows; wait {wait:.1f} seconds."
        raise TooOften(message, seconds=wait)

    @property
    def _rate(self) -> Rate:
        return refilled(self._per_minute, MINUTE)


def _key(by: Actor) -> tuple[UUID, str]:
    return by.company_id, by.key


def _subject(by: Actor) -> str:
    return f"asked by {by.key}"
