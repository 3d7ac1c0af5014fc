"""What a resolver has at hand for one operation."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import ExitStack
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import strawberry

from letterhead.diagnosis.languages import Language
from letterhead.errors import NotAnswerable
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.schema.asked import FieldsOf
from letterhead.schema.door import Door
from letterhead.schema.limits.cost import Cost
from letterhead.schema.loaders import Loaders
from letterhead.trials.limits import one_per_operation


async def nobody() -> Actor | None:
    return None


@dataclass
class Context:
    """``language``: the caller's.

    ``by_get``: asked in a way that caches, prefetching browsers and foreign pages may repeat.
    ``looked_at_servers``: whether this operation has begun a test or a discovery: it may once.
    ``connection_params``: filled in by Strawberry from a websocket's connection_init.
    ``identify``: asks again who the caller is; None when its token is good no longer.
    ``address``: the client's. ``places``: of a websocket, among those that may be open.
    ``cost``: what the operation was counted for. ``kind``: query, mutation or subscription, once it is read.
    ``asked``: what its document asks of which types.

    ``refresh`` is called at the start of an operation and before each event: what a loader has read is never
    older than that.
    """

    house: House
    door: Door
    actor: Actor | None
    request_id: str
    language: Language
    by_get: bool = False
    address: str = ""
    places: ExitStack = field(default_factory=ExitStack, repr=False)
    connection_params: dict[str, Any] | None = None
    identify: Callable[[], Awaitable[Actor | None]] = field(default=nobody, repr=False)
    looked_at_servers: bool = field(default=False, init=False)
    cost: Cost | None = field(default=None, init=False)
    asked: FieldsOf | None = field(default=None, init=False, repr=False)
    kind: str = field(default="none", init=False)
    _loaders: Loaders | None = field(default=None, init=False, repr=False)

    @property
    def by(self) -> Actor:
        assert self.actor is not None, "nothing is resolved for a caller who is not known"
        return self.actor

    @property
    def loaders(self) -> Loaders:
        """Made when they are first asked for: most of what waits for news needs none."""
        if self._loaders is None:
            self._loaders = Loaders(self.house, self.by)
        return self._loaders

    def asks(self, of: str, fields: Collection[str]) -> bool:
        """Whether any of these may be asked for of an object of the type ``of``."""
        return self.asked is None or not self.asked.get(of, frozenset()).isdisjoint(fields)

    async def still_known(self) -> None:
        """A stream outlives what was true at its start. Raises NotAnswerable (UNAUTHENTICATED)."""
        actor = await self.identify()
        if actor is None:
            message = "Your token is not good any more: it has expired, was taken back, or you have left."
            raise NotAnswerable("UNAUTHENTICATED", message, "Come again with a new token.")
        self.actor = actor

    def look_at_servers(self) -> None:
        """Raises Refused the second time, and NotAnswerable for what came by GET."""
        if self.by_get:
            raise NotAnswerable("BAD_INPUT", "This touches the network.", "Send it by POST.")
        if self.looked_at_servers:
            raise one_per_operation()
        self.looked_at_servers = True

    def of_operation(self) -> "Context":
        """For one of the operations that a websocket carries, which run side by side."""
        own = copy(self)
        own.looked_at_servers = False
        if self.connection_params is not None:
            own.request_id = uuid4().hex
        own.refresh()
        return own

    def refresh(self) -> None:
        self._loaders = None


Info = strawberry.Info[Context, None]
