"""What objects have in common with each other is read for all of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from strawberry.dataloader import DataLoader

T = TypeVar("T")
V = TypeVar("V")
K = TypeVar("K", bound=Hashable)
Later: TypeAlias = T | Awaitable[T]
"""What a resolver has at hand, or will have."""


class Loader(DataLoader[K, T]):
    """Also knows what was read ahead, and hands it out without anybody having to wait."""

    def __init__(self, *, load_fn: Callable[[list[K]], Awaitable[Sequence[T | BaseException]]]) -> None:
        super().__init__(load_fn=load_fn)
        self._known: dict[K, T] = {}

    def learn(self, found: Mapping[K, T]) -> None:
        self._known.update(found)

    def load(self, key: K) -> Awaitable[T]:
        return _at_hand(self._known[key]) if key in self._known else super().load(key)

    def then(self, key: K, show: Callable[[T], V]) -> Later[V]:
        """What ``show`` makes of it: now, if it is known, or when it has been read."""
        known = self._known
        return show(known[key]) if key in known else self._shown(key, show)

    async def _shown(self, key: K, show: Callable[[T], V]) -> V:
        return show(await self.load(key))


def _at_hand(value: T) -> asyncio.Future[T]:
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future
