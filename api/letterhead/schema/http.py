"""GraphQL over HTTP: who asks is settled before anything of the operation is looked at."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, aclosing
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import uuid4

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import SSETransport, merge_stream_with_heartbeat
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType
from structlog.contextvars import bind_contextvars

from letterhead.diagnosis.languages import choose, load
from letterhead.errors import TooOften
from letterhead.front.body import NotTakenError
from letterhead.front.doorway import REQUEST_ID
from letterhead.front.headers import header
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.schema.answer import answer, not_taken, refused, shape
from letterhead.schema.context import Context
from letterhead.schema.door import Door, open_door
from letterhead.schema.errors import masked
from letterhead.schema.limits.knocks import network
from letterhead.schema.request import JSON, STREAM, Asked, media_of, read_request
from letterhead.schema.schema import schema
from letterhead.schema.websocket import Socket

log = structlog.get_logger(__name__)
UNKNOWN_CALLER = {
    "errors": [
        {
            "message": "Who is asking? Send a token: Authorization: Bearer lh_…",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}
METHODS = "GET, POST"
PLAIN = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}
STREAMED = {method: kinds | {OperationType.SUBSCRIPTION} for method, kinds in PLAIN.items()}
UNTIL_INIT = timedelta(seconds=15)


class Endpoint(GraphQL[Context, None]):
    """HTTP and server-sent events as the specifications say; websockets by Strawberry's view."""

    graphql_transport_ws_handler_class = Socket

    def __init__(self, house: House) -> None:
        """Raises ConfigurationError."""
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=UNTIL_INIT,
            max_subscriptions_per_connection=house.settings.streams_per_caller,
            allowed_origins=house.settings.allowed_origins,
        )
        self._house = house
        self._door: Door = open_door(house.settings)
        self._languages = load()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        actor, response = None, None
        try:
            actor = await self._caller(header(scope, b"authorization") or "", _address(scope))
        except TooOften as no:
            response = refused(no)
        scope["letterhead.actor"] = actor
        if actor is not None:
            bind_contextvars(caller=actor.key)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        if actor is not None:
            response = await self._answer(Request(scope, receive))
        response = response or JSONResponse(UNKNOWN_CALLER, 401, {"WWW-Authenticate": "Bearer"})
        await response(scope, receive, send)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return self._context(request.scope)

    def _context(self, scope: Scope) -> Context:
        return Context(
            house=self._house,
            door=self._door,
            actor=scope["letterhead.actor"],
            request_id=scope.get(REQUEST_ID) or uuid4().hex,
            language=choose(header(scope, b"accept-language") or "", self._languages),
            by_get=scope.get("method") == "GET",
            address=_address(scope),
            identify=self._again(header(scope, b"authorization") or ""),
            places=scope.get("letterhead.places") or ExitStack(),
        )

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """A browser cannot set headers on a websocket, so they may come in connection_init."""
        told = context.connection_params or {}
        if context.actor is None:
            authorization = str(told.get("Authorization", ""))
            context.actor = await self._caller(authorization, context.address)
            context.identify = self._again(authorization)
        if "Accept-Language" in told:
            context.language = choose(str(told["Accept-Language"]), self._languages)
        if context.actor is None:
            raise ConnectionRejectionError
        context.places.close()
        context.places.enter_context(self._door.sockets.one(context.actor.key))
        unset: UnsetType = UNSET
        return unset

    def encode_json(self, data: object) -> str:
        """For websockets."""
        try:
            return orjson.dumps(data).decode()
        except TypeError:
            request_id = uuid4().hex
            log.exception("an answer could not be written", request_id=request_id)
            name = data.get("id") if isinstance(data, dict) else None
            error = {"id": name, "type": "error", "payload": [masked(request_id).formatted]}
            return orjson.dumps(error).decode()

    def decode_json(self, data: str | bytes) -> object:
        """Everything we are told is an object. Raises JSONDecodeError for anything else."""
        told = orjson.loads(data)
        if not isinstance(told, dict):
            raise orjson.JSONDecodeError("not an object", "", 0)
        return told

    async def _caller(self, authorization: str, address: str) -> Actor | None:
        """Raises TooOften."""
        if not authorization:
            return None
        self._door.knocks.check(authorization, address)
        actor = await self._house.callers.known_by(authorization)
        self._door.knocks.note(authorization, address, right=actor is not None)
        return actor

    def _again(self, authorization: str) -> Callable[[], Awaitable[Actor | None]]:
        """Of a caller who was let in once: a token that ends is no knock at the door."""
        return partial(self._house.callers.known_by, authorization)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counted by where it comes from until it is known whose it is."""
        with ExitStack() as places:
            try:
                places.enter_context(self._door.sockets.one(network(_address(scope))))
            except TooOften:
                await WebSocket(scope, receive, send).close()
                return
            scope["letterhead.places"] = places
            await super().__call__(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in PLAIN:
            no = NotTakenError(405, f"Only {METHODS} are answered.", Allow=METHODS)
            return not_taken(no, JSON)
        media = JSON
        try:
            media = media_of(header(request.scope, b"accept") or "")
            settings = self._door.settings
            asked = await read_request(
                request, most=settings.request_octets, seconds=settings.request_seconds
            )
        except NotTakenError as no:
            return not_taken(no, JSON if media == STREAM else media)
        context = self._context(request.scope)
        if media == STREAM:
            return await self._stream(asked, context, request.method)
        result = await schema.answer(asked, context, PLAIN[request.method])
        return answer(result, media, context.request_id)

    async def _stream(self, asked: Asked, context: Context, method: str) -> Response:
        """As graphql-sse's distinct connections mode says."""
        transport = SSETransport()
        results = await self.schema.stream(
            asked.query,
            variable_values=dict(asked.variables),
            context_value=context,
            operation_name=asked.operation_name,
            operation_extensions=dict(asked.extensions),
            allowed_operation_types=STREAMED[method],
        )

        async def events() -> AsyncGenerator[str, None]:
            async with aclosing(results):
                async for result in results:
                    shown = shape(cast("ExecutionResult", result))
                    yield transport.encode_next(cast("GraphQLHTTPResponse", shown), self.encode_json)
            yield transport.encode_complete()

        stream = merge_stream_with_heartbeat(
            events,
            lambda: transport.heartbeat_message(self.encode_json),
            interval=transport.heartbeat_interval,
            send_initial_heartbeat=transport.send_initial_heartbeat,
        )
        return StreamingResponse(stream(), headers=dict(transport.headers))


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""
