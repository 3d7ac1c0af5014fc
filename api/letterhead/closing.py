"""The end of a process: asked for once, and within a time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Closing:
    """``begun``: nothing new is taken in hand any more."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self._ends_at = 0.0
        self._talks = 0
        self._talked_out = asyncio.Event()
        self._talked_out.set()

    def begin(self, *, seconds: float) -> None:
        if not self.begun.is_set():
            self._ends_at = asyncio.get_running_loop().time() + seconds
            self.begun.set()

    def seconds_left(self) -> float:
        return max(0.0, self._ends_at - asyncio.get_running_loop().time())

    @contextmanager
    def talk(self) -> Iterator[None]:
        """A conversation that says goodbye once the end has begun."""
        self._talks += 1
        self._talked_out.clear()
        try:
            yield
        finally:
            self._talks -= 1
            if not self._talks:
                self._talked_out.set()

    async def goodbyes(self, *, seconds: float) -> None:
        """Until all have been said, or the time is up."""
        try:
            async with asyncio.timeout(seconds):
                await self._talked_out.wait()
        except TimeoutError:
            return
