"""What every operation has to pass before it is executed, however it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema

from letterhead.errors import NotAnswerable
from letterhead.front.settings import FrontSettings
from letterhead.identity.actor import Actor, Permission
from letterhead.schema.documents import Documents
from letterhead.schema.limits.cost import Cost, cost_of
from letterhead.schema.limits.knocks import Knocks
from letterhead.schema.limits.places import Places
from letterhead.schema.limits.purses import Purses
from letterhead.schema.prepared import Operation

MANAGING = frozenset(one for one in Permission if one.startswith("MANAGE_")) - {
    Permission.MANAGE_OWN_ACCOUNTS
}
"""Of something that is the company's: every employee manages accounts of their own."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """One for each process. ``sockets``, ``streams``: websockets and subscriptions that are open."""

    settings: FrontSettings
    documents: Documents
    purses: Purses
    knocks: Knocks
    sockets: Places
    streams: Places

    def is_curious(self, by: Actor) -> bool:
        """Whether the caller may look at the schema."""
        match self.settings.introspection:
            case "MANAGERS":
                return not MANAGING.isdisjoint(by.permissions)
            case introspection:
                return introspection == "ALWAYS"

    async def admit(
        self,
        schema: GraphQLSchema,
        operation: Operation,
        variables: Mapping[str, Any],
        *,
        by: Actor,
    ) -> Cost:
        """Counts the operation's cost in. Raises NotAnswerable, also TooOften, before anything is done."""
        cost = operation.cost or cost_of(schema, operation.node, operation.fragments, variables)
        if not cost.varies:
            operation.cost = cost
        if cost.objects > self.settings.objects:
            raise NotAnswerable(
                "TOO_COMPLEX",
                f"This may come to {cost.objects} objects; {self.settings.objects} can be asked for at once.",
                "Ask for smaller pages, or for fewer lists inside lists.",
            )
        await self.purses.spend(cost.points, by=by)
        return cost


def open_door(settings: FrontSettings) -> Door:
    """Raises ConfigurationError."""
    most = settings.connections
    return Door(
        settings=settings,
        documents=Documents(settings),
        purses=Purses(settings.cost_per_minute),
        knocks=Knocks(),
        sockets=Places("websockets", each=settings.websockets_per_caller, all_together=most),
        streams=Places(
            "subscriptions",
            each=settings.streams_per_caller,
            all_together=most * 10,
        ),
    )
