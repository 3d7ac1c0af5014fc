"""What objects have in common with each other is read for all of them at once, whoever gives up waiting."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Generic, TypeAlias, TypeVar

from strawberry.dataloader import DataLoader

from letterhead.store.pages import Page, PageRequest

T = TypeVar("T")
V = TypeVar("V")
K = TypeVar("K", bound=Hashable)
Later: TypeAlias = T | Awaitable[T]
"""What a resolver has at hand, or will have."""


NOT_KNOWN = object()


class Loader(Generic[K, T]):
    """Also knows what was read ahead, and hands it out without anybody having to wait.

    Where a field fails, graphql-core cancels the fields beside it. Strawberry gives all who ask for the same
    thing one future, which such a field would take away from everybody else; here it gives up its own place
    only, and what nobody waits for any more is cancelled.
    """

    def __init__(self, *, load_fn: Callable[[list[K]], Awaitable[Sequence[T | BaseException]]]) -> None:
        self.load_fn = load_fn
        self._known: dict[K, T] = {}

    def learn(self, found: dict[K, T]) -> None:
        """``found``: kept, where nothing is known yet."""
        if self._known:
            self._known.update(found)
        else:
            self._known = found

    @property
    def at_hand(self) -> Callable[[K], T]:
        """What is known of a key, or KeyError."""
        return self._known.__getitem__

    def load(self, key: K) -> Awaitable[T]:
        if key in self._known:
            return _at_hand(self._known[key])
        shared = self._shared.load(key)
        assert isinstance(shared, asyncio.Future)
        if shared.done():
            return shared
        self._waiting[shared] += 1
        own = asyncio.shield(shared)
        own.add_done_callback(partial(self._left, shared))
        return own

    async def load_many(self, keys: Iterable[K]) -> list[T]:
        return await asyncio.gather(*map(self.load, keys))

    def then(self, key: K, show: Callable[[T], V]) -> Later[V]:
        """What ``show`` makes of it: now, if it is known, or when it has been read."""
        known: Any = self._known.get(key, NOT_KNOWN)
        return self._shown(key, show) if known is NOT_KNOWN else show(known)

    async def _shown(self, key: K, show: Callable[[T], V]) -> V:
        return show(await self.load(key))

    @cached_property
    def _shared(self) -> DataLoader[K, T]:
        return DataLoader(load_fn=self.load_fn)

    @cached_property
    def _waiting(self) -> "Counter[asyncio.Future[T]]":
        return Counter()

    def _left(self, shared: "asyncio.Future[T]", own: "asyncio.Future[T]") -> None:
        self._waiting[shared] -= 1
        if own.cancelled() and not self._waiting[shared]:
            shared.cancel()


class Pages(dict[PageRequest, Loader[K, Page[V]]]):
    """A loader for each page that is asked of lists."""

    def __init__(self, fetch: Callable[[Sequence[K], PageRequest], Awaitable[Mapping[K, Page[V]]]]) -> None:
        super().__init__()
        self._fetch = fetch

    def __missing__(self, request: PageRequest) -> Loader[K, Page[V]]:
        fetch = (
            self._fetch
        )  # a loader that knew this object would wait with all it has read for the collector

        async def load(parents: list[K]) -> list[Page[V]]:
            found = await fetch(parents, request)
            return [found[parent] for parent in parents]

        loader: Loader[K, Page[V]] = Loader(load_fn=load)
        self[request] = loader
        return loader


def _at_hand(value: T) -> asyncio.Future[T]:
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future
