"""Connections to PostgreSQL that take turns: what asyncpg's pool is to Tortoise, by its public interface.

A turn costs little beside what is done in it: no connection is wrapped in another object, put back by a task,
or given a timer of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import asyncpg

CLOSING_SECONDS = 10.0


@dataclass(eq=False, slots=True)
class Place:
    """``connection``: once there is one. ``turns``: how many it has had. ``taken``: now. ``rested``: not
    taken since somebody looked at it."""

    connection: asyncpg.Connection | None = None
    turns: int = 0
    taken: bool = False
    rested: bool = False


class Connections:
    """``connect``: opens one. ``least``: so many stay open when nobody needs them for ``idle_seconds``.
    ``most_turns``: after which a connection is replaced."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        *,
        least: int,
        most: int,
        most_turns: int,
        idle_seconds: float,
    ) -> None:
        self._connect = connect
        self._least, self._most_turns, self._idle_seconds = least, most_turns, idle_seconds
        self._places = [Place() for _ in range(most)]
        self._taken: dict[asyncpg.Connection, Place] = {}
        self._free: asyncio.LifoQueue[Place] = asyncio.LifoQueue()
        for place in self._places:
            self._free.put_nowait(place)
        self._is_closing = False
        self._timer = self._rest_later()

    async def fetch(self, sql: str, values: tuple[Any, ...]) -> list[asyncpg.Record]:
        """Of a statement outside any transaction."""
        place = await self._take()
        assert place.connection is not None, "it was taken"
        try:
            rows: list[asyncpg.Record] = await place.connection.fetch(sql, *values)
        except asyncpg.PostgresError:  # with which the server has ended it
            raise
        except BaseException:
            place.turns = self._most_turns  # it may still be at work, and is closed before the next turn
            raise
        finally:
            self._put_back(place)
        return rows

    async def acquire(self) -> asyncpg.Connection:
        place = await self._take()
        assert place.connection is not None, "it was taken"
        self._taken[place.connection] = place
        return place.connection

    async def release(self, connection: asyncpg.Connection, *, spent: bool = False) -> None:
        """What is left of a transaction, because its end was cut off, goes with its connection, as one does
        that is ``spent``."""
        place = self._taken.pop(connection)
        if spent or connection.is_in_transaction():
            place.turns = self._most_turns
        self._put_back(place)

    async def expire_connections(self) -> None:
        for place in self._places:
            place.turns = self._most_turns

    async def close(self) -> None:
        """When all have been put back."""
        self._is_closing = True
        self._timer.cancel()
        for _ in self._places:
            await self._closed(await self._free.get())

    def terminate(self) -> None:
        self._is_closing = True
        self._timer.cancel()
        for place in self._places:
            if place.connection is not None:
                place.connection.terminate()

    async def _take(self) -> Place:
        if self._is_closing:
            raise asyncpg.InterfaceError("the connections are being closed")
        place = await self._free.get()
        connection = place.connection
        if connection is None or place.turns >= self._most_turns or connection.is_closed():
            try:
                await self._closed(place)
                place.connection, place.turns = await self._connect(), 0
            except BaseException:
                self._free.put_nowait(place)
                raise
        place.turns += 1
        place.taken, place.rested = True, False
        return place

    def _put_back(self, place: Place) -> None:
        place.taken = False
        self._free.put_nowait(place)

    async def _closed(self, place: Place) -> None:
        """Waits for what was cancelled on it, so that there are never more than there may be."""
        connection, place.connection = place.connection, None
        if connection is not None:
            with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=CLOSING_SECONDS)

    def _rest(self) -> None:
        """Closes those that nobody has taken since the last time."""
        is_open = [place for place in self._places if place.connection is not None]
        spare = len(is_open) - self._least
        for place in is_open:
            if place.rested and not place.taken and spare > 0 and place.connection is not None:
                place.connection.terminate()
                place.connection, spare = None, spare - 1
            place.rested = True
        self._timer = self._rest_later()

    def _rest_later(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self._idle_seconds, self._rest)
