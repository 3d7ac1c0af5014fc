"""The product's own types and resolvers, served as Strawberry does by itself: its view, its schema class,
graphql-core; nothing that prepares, limits, masks or compiles an operation. Who asks is looked up as the
product does, because resolvers need to know.

Run by uvicorn; the product's settings say where.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig

from letterhead.app import open_house
from letterhead.diagnosis.languages import load as languages
from letterhead.house import House
from letterhead.schema.accounts import EmailAccount
from letterhead.schema.context import Context
from letterhead.schema.door import Door, open_door
from letterhead.schema.mutation import Mutation
from letterhead.schema.query import Query
from letterhead.schema.scalars import SCALARS
from letterhead.schema.subscription import Subscription
from letterhead.serving import leave_what_stays
from letterhead.settings import load

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[EmailAccount],
    config=StrawberryConfig(scalar_map=SCALARS),
)


class View(GraphQL[Context, None]):
    house: House
    door: Door

    async def get_context(self, request: Request | WebSocket, response: object) -> Context:
        return Context(
            house=self.house,
            door=self.door,
            actor=await self.house.callers.known_by(request.headers["authorization"]),
            request_id=uuid4().hex,
            language=LANGUAGE,
        )


LANGUAGE = languages()[0]
view = View(schema)


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    settings = load()
    async with open_house(settings) as house:
        view.house, view.door = house, open_door(settings)
        leave_what_stays()
        yield


app = Starlette(routes=[Route("/graphql", view)], lifespan=lifespan)
