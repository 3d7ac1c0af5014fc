"""Many questions asked as one, whoever gives up waiting meanwhile."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Hashable
from functools import partial
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Loader(DataLoader[K, T]):
    """Where a field fails, graphql-core cancels the fields beside it. Strawberry gives all who ask for the
    same thing one future, which such a field would take away from everybody else; here it gives up its own
    place only, and what nobody waits for any more is cancelled."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._waiting: Counter[asyncio.Future[T]] = Counter()

    def load(self, key: K) -> Awaitable[T]:
        shared = super().load(key)
        assert isinstance(shared, asyncio.Future)
        if shared.done():
            return shared
        self._waiting[shared] += 1
        own = asyncio.shield(shared)
        own.add_done_callback(partial(self._left, shared))
        return own

    def _left(self, shared: "asyncio.Future[T]", own: "asyncio.Future[T]") -> None:
        self._waiting[shared] -= 1
        if own.cancelled() and not self._waiting[shared]:
            shared.cancel()
