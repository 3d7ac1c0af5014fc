"""The schema, put together."""

from collections.abc import Iterator

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

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


class Schema(strawberry.Schema):
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """ErrorPolicy has logged what is our fault; what callers got wrong is theirs alone to read."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[EmailAccount],
    extensions=[FreshLoaders, ErrorPolicy, ValidationCache],
    config=StrawberryConfig(scalar_map=SCALARS),
)
