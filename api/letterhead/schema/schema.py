"""The schema, put together."""

from collections.abc import Iterator

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig

from letterhead.schema.accounts import EmailAccount
from letterhead.schema.context import Context
from letterhead.schema.errors import ErrorPolicy
from letterhead.schema.mutation import Mutation
from letterhead.schema.query import Query
from letterhead.schema.scalars import SCALARS
from letterhead.schema.subscription import Subscription


class FreshLoaders(SchemaExtension):
    """Each operation reads anew, also on a websocket that carries many."""

    def on_operation(self) -> Iterator[None]:
        if isinstance(context := self.execution_context.context, Context):
            context.refresh()
        yield


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[EmailAccount],
    extensions=[FreshLoaders, ErrorPolicy],
    config=StrawberryConfig(scalar_map=SCALARS),
)
