"""How often something may happen within one process, and whose turn it is. Bounded, and soon forgotten."""

import asyncio
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass

MOST_KEYS = 10_000


@dataclass(frozen=True, kw_only=True)
class Rate:
    """At most ``most`` times in any ``seconds``."""

    most: int
    seconds: float


class Pace:
    """Sliding windows by key: exact, where a bucket that is refilled would let twice as much through."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._happened: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def seconds_until(self, key: Hashable, rate: Rate) -> float:
        """How long until it may happen once more; 0: it may now."""
        happened = self._happened.get(key, deque())
        if len(happened) < rate.most:
            return 0.0
        return max(0.0, happened[-rate.most] + rate.seconds - self._clock())

    def note(self, key: Hashable, rate: Rate) -> None:
        """It happens. ``rate``: the one that it will be asked about."""
        happened = self._happened.pop(key, deque(maxlen=rate.most))
        happened.append(self._clock())
        self._happened[key] = happened
        while len(self._happened) > self._most_keys:
            self._happened.popitem(last=False)


class Turns:
    """One at a time for each key, first come, first served."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, asyncio.Lock] = {}
        self._wanted: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        """Keys that somebody has or waits for."""
        return len(self._locks)

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncIterator[None]:
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._wanted[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._wanted[key] -= 1
            if not self._wanted[key]:
                del self._wanted[key], self._locks[key]
