"""What a resolver has at hand for one operation."""

from dataclasses import dataclass, field
from typing import Any

import strawberry

from letterhead.diagnosis.languages import Language
from letterhead.errors import NotAnswerable
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.schema.loaders import Loaders
from letterhead.trials.limits import one_per_operation


@dataclass
class Context:
    """``language``: the caller's.

    ``by_get``: asked in a way that caches, prefetching browsers and foreign pages may repeat.
    ``looked_at_servers``: whether this operation has begun a test or a discovery: it may once.
    ``connection_params``: filled in by Strawberry from a websocket's connection_init.

    A websocket has one context for all its operations, so ``refresh`` is called at the start of each and
    before each event: what a loader has read is never older than that.
    """

    house: House
    actor: Actor | None
    request_id: str
    language: Language
    by_get: bool = False
    connection_params: dict[str, Any] | None = None
    looked_at_servers: bool = field(default=False, init=False)
    loaders: Loaders = field(init=False, repr=False)

    @property
    def by(self) -> Actor:
        assert self.actor is not None, "nothing is resolved for a caller who is not known"
        return self.actor

    def look_at_servers(self) -> None:
        """Raises Refused the second time, and NotAnswerable for what came by GET."""
        if self.by_get:
            raise NotAnswerable("BAD_INPUT", "This touches the network.", "Send it by POST.")
        if self.looked_at_servers:
            raise one_per_operation()
        self.looked_at_servers = True

    def refresh(self) -> None:
        self.looked_at_servers = False
        self.loaders = Loaders(self.house, self.by)


Info = strawberry.Info[Context, None]
