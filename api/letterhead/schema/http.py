"""GraphQL over HTTP: who asks is settled before anything of the operation is looked at."""

from uuid import uuid4

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from letterhead.diagnosis.languages import choose, load
from letterhead.house import House
from letterhead.schema.context import Context
from letterhead.schema.schema import schema

UNKNOWN_CALLER = {
    "errors": [
        {
            "message": "Who is asking? Send a token: Authorization: Bearer lh_…",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}


class Endpoint(GraphQL[Context, None]):
    """Strawberry's view with our callers and our JSON."""

    def __init__(self, house: House) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
        )
        self._house = house
        self._languages = load()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            actor = await self._house.callers.known_by(headers.get("authorization", ""))
            if actor is None and scope["type"] == "http":
                challenge = {"WWW-Authenticate": "Bearer"}
                response = JSONResponse(UNKNOWN_CALLER, status_code=401, headers=challenge)
                await response(scope, receive, send)
                return
            scope["letterhead.actor"] = actor
        await super().__call__(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return Context(
            house=self._house,
            actor=request.scope["letterhead.actor"],
            request_id=uuid4().hex,
            language=choose(request.headers.get("accept-language", ""), self._languages),
            by_get=request.scope.get("method") == "GET",
        )

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """A browser cannot set headers on a websocket, so they may come in connection_init."""
        told = context.connection_params or {}
        if context.actor is None:
            context.actor = await self._house.callers.known_by(str(told.get("Authorization", "")))
        if "Accept-Language" in told:
            context.language = choose(str(told["Accept-Language"]), self._languages)
        if context.actor is None:
            raise ConnectionRejectionError
        unset: UnsetType = UNSET
        return unset

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        """Everything we are told, by either way, is an object. Raises JSONDecodeError for anything else."""
        told = orjson.loads(data)
        if not isinstance(told, dict):
            raise orjson.JSONDecodeError("not an object", "", 0)
        return told
