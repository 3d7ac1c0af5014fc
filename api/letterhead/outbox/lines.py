"""Connections kept for a moment after an account's turn, because the next message often comes soon."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from letterhead.house import House
from letterhead.outbox.fairness import Due
from letterhead.outbox.line import Line

IDLE_SECONDS = 5.0


class Lines:
    """The longest idle first."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._idle: list[tuple[Due, float, Line]] = []

    def borrow(self, account_id: UUID | None) -> Line:
        """An open one, or one that is still to be opened."""
        for kept in [kept for kept in self._idle if kept[0].account_id == account_id]:
            self._idle.remove(kept)
            if kept[2].is_open:
                return kept[2]
        return Line(self._house)

    def give_back(self, due: Due, line: Line) -> None:
        if line.is_open:
            self._idle.append((due, asyncio.get_running_loop().time(), line))
        else:
            line.drop()

    def make_room(self, due: Due, *, busy: Collection[Due], most: int) -> None:
        """So that with a further connection to its host there are not more than ``most``."""
        others = [kept for kept in self._idle if kept[0].host == due.host != ""]
        own = [kept for kept in others if kept[0].account_id == due.account_id]
        over = sum(one.host == due.host for one in busy) + len(others) + (not own) - most
        for kept in [kept for kept in others if kept not in own][: max(0, over)]:
            self._idle.remove(kept)
            kept[2].drop()

    def idle_too_long(self) -> list[Line]:
        """They are not lent out any more; ``close`` them."""
        latest = asyncio.get_running_loop().time() - IDLE_SECONDS
        old = [kept for kept in self._idle if kept[1] < latest or not kept[2].is_open]
        self._idle = [kept for kept in self._idle if kept not in old]
        return [line for _, _, line in old]

    def all_idle(self) -> list[Line]:
        kept, self._idle = self._idle, []
        return [line for _, _, line in kept]

    async def close(self, lines: Collection[Line]) -> None:
        await asyncio.gather(*(line.close() for line in lines))
