"""Tells waiting readers that a row has changed. Rows are the truth; news only says: look again."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

Teller = Callable[[Iterable[UUID]], None]


class News:
    """The readers of one process. Who carries news between processes is told what changed here, and says what
    it has heard.

    ``look_again_seconds``: after about so long a reader looks without news too, should any have been lost.
    """

    def __init__(self, *, look_again_seconds: float = 0.5) -> None:
        self._readers: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._tellers: list[Teller] = []
        self._look_again = look_again_seconds
        self._over = False

    def close(self) -> None:
        """There will be no more: who reads is done."""
        self._over = True
        for events in self._readers.values():
            for event in events:
                event.set()

    def changed(self, *subjects: UUID) -> None:
        """Call it when the change is committed. ``subjects``: ids of rows, a company's for its accounts."""
        self.heard(subjects)
        for tell in self._tellers:
            tell(subjects)

    def heard(self, subjects: Iterable[UUID]) -> None:
        """Another process has changed them."""
        for subject in subjects:
            for event in self._readers.get(subject, ()):
                event.set()

    def missed(self) -> None:
        """There may have been news that nobody heard: everybody looks."""
        self.heard(tuple(self._readers))

    @contextmanager
    def told_to(self, tell: Teller) -> Iterator[None]:
        """Within the block ``tell`` is called with whatever this process has changed."""
        self._tellers.append(tell)
        try:
            yield
        finally:
            self._tellers.remove(tell)

    async def about(
        self, subject: UUID, *, at_least_every: float | None = None
    ) -> AsyncGenerator[None, None]:
        """Yields at once, then whenever ``subject`` may have changed. Ends when the process does.

        ``at_least_every``: seconds, for who waits for the time too.
        """
        longest = min(self._look_again, at_least_every or self._look_again)
        with self._reading(subject) as event:
            while not self._over:
                event.clear()
                yield
                try:
                    async with asyncio.timeout(longest * random.uniform(0.8, 1.2)):  # noqa: S311 - no secret
                        await event.wait()
                except TimeoutError:
                    continue

    @contextmanager
    def _reading(self, subject: UUID) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._readers[subject].add(event)
        try:
            yield event
        finally:
            self._readers[subject].discard(event)
            if not self._readers[subject]:
                del self._readers[subject]
