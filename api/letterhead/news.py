"""Tells waiting readers that a row has changed. Rows are the truth; news only says: look again."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from uuid import UUID


class News:
    """Within one process. Readers also look again by themselves, so that other processes' work is seen."""

    def __init__(self, *, look_again_seconds: float = 0.5) -> None:
        self._readers: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._look_again = look_again_seconds

    def changed(self, subject: UUID) -> None:
        for event in self._readers.get(subject, ()):
            event.set()

    async def about(self, subject: UUID) -> AsyncGenerator[None, None]:
        """Yields at once, then whenever ``subject`` may have changed. Never ends by itself."""
        with self._reading(subject) as event:
            while True:
                event.clear()
                yield
                try:
                    await asyncio.wait_for(event.wait(), self._look_again)
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
