"""What objects have in common with each other is read for all of them at once, whoever gives up waiting."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

from strawberry.dataloader import DataLoader

T = TypeVar("T")
V = TypeVar("V")
K = TypeVar("K", bound=Hashable)
Later: TypeAlias = T | Awaitable[T]
"""What a resolver has at hand, or will have."""


class Loader(DataLoader[K, T]):
    """Also knows what was read ahead, and hands it out without anybody having to wait.

    Where a field fails, graphql-core cancels the fields beside it. Strawberry gives all who ask for the same
    thing one future, which such a field would take away from everybody else; here it gives up its own place
    only, and what nobody waits for any more is cancelled.
    """

    def __init__(self, *, load_fn: Callable[[list[K]], Awaitable[Sequence[T | BaseException]]]) -> None:
        super().__init__(load_fn=load_fn)
        self._known: dict[K, T] = {}
        self._waiting: Counter[asyncio.Future[T]] = Counter()

    def learn(self, found: Mapping[K, T]) -> None:
        self._known.update(found)

    def load(self, key: K) -> Awaitable[T]:
        if key in self._known:
            return _at_hand(self._known[key])
        shared = super().load(key)
        assert isinstance(shared, asyncio.Future)
        if shared.done():
            return shared
        self._waiting[shared] += 1
        own = asyncio.shield(shared)
        own.add_done_callback(partial(self._left, shared))
        return own

    def then(self, key: K, show: Callable[[T], V]) -> Later[V]:
        """What ``show`` makes of it: now, if it is known, or when it has been read."""
        known = self._known
        return show(known[key]) if key in known else self._shown(key, show)

    async def _shown(self, key: K, show: Callable[[T], V]) -> V:
        return show(await self.load(key))

    def _left(self, shared: "asyncio.Future[T]", own: "asyncio.Future[T]") -> None:
        self._waiting[shared] -= 1
        if own.cancelled() and not self._waiting[shared]:
            shared.cancel()


def _at_hand(value: T) -> asyncio.Future[T]:
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future
