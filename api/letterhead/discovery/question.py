"""What every place is told: the domain leaves this machine, the local part never does."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from letterhead.wire.dial import Dialler
from letterhead_providers import LookupOutcome
from letterhead_providers.catalogue import Catalogue

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Question:
    """``mx``: the records of the domain, looked up once for all who want them.

    ``seconds``: the deadline of the whole; whoever asks several things keeps within a part of it.
    ``ispdb_url``: domains are put at its end; empty: none is asked.
    """

    address: str
    catalogue: Catalogue
    dialler: Dialler
    mx: Callable[[], Awaitable[LookupOutcome]]
    seconds: float
    local_hostname: str
    ispdb_url: str
    ispdb_folder: Path | None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Once:
    """A look-up that several may await, begun by the first of them; cancelling one of them spares it."""

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, LookupOutcome]]) -> None:
        self._ask = ask
        self._task: asyncio.Task[LookupOutcome] | None = None

    async def __call__(self) -> LookupOutcome:
        self._task = self._task or asyncio.create_task(self._ask())
        return await asyncio.shield(self._task)

    def cancel(self) -> None:
        if self._task:
            self._task.cancel()


async def answered_within(seconds: float, asked: Mapping[K, Coroutine[Any, Any, V]]) -> dict[K, V]:
    """All at once; what has an answer by then, in the order of ``asked``."""
    tasks = {key: asyncio.create_task(work) for key, work in asked.items()}
    try:
        done, _ = await asyncio.wait(tasks.values(), timeout=seconds)
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    return {key: task.result() for key, task in tasks.items() if task in done}
