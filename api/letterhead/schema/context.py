"""What a resolver has at hand for one operation."""

from dataclasses import dataclass, field
from typing import Any

import strawberry

from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.schema.loaders import Loaders


@dataclass
class Context:
    """``connection_params``: filled in by Strawberry from a websocket's connection_init.

    A websocket has one context for all its operations, so ``refresh`` is called at the start of each and
    before each event: what a loader has read is never older than that.
    """

    house: House
    actor: Actor | None
    request_id: str
    connection_params: dict[str, Any] | None = None
    loaders: Loaders = field(init=False, repr=False)

    @property
    def by(self) -> Actor:
        assert self.actor is not None, "nothing is resolved for a caller who is not known"
        return self.actor

    def refresh(self) -> None:
        self.loaders = Loaders(self.by)


Info = strawberry.Info[Context, None]
