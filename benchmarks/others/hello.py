"""The least that answers GraphQL here: uvicorn, Starlette, Strawberry, and one field. Run by uvicorn."""

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str:
        return "hello"


app = Starlette(routes=[Route("/graphql", GraphQL(strawberry.Schema(query=Query)))])
