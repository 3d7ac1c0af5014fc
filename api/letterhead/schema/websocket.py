"""graphql-transport-ws, with what Strawberry's handler leaves to chance made certain."""

from typing import Any, cast

from starlette.status import WS_1008_POLICY_VIOLATION
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage

from letterhead.errors import NotAnswerable
from letterhead.front.body import NotTakenError
from letterhead.schema.context import Context
from letterhead.schema.request import asked_of

KINDS = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})
NAMED = frozenset({"subscribe", "complete"})
LONGEST_ID = 200
FORBIDDEN = 4403


class Socket(BaseGraphQLTransportWSHandler[Context, None]):
    """Whatever a client sends, it is answered or the socket is closed with a code of the protocol's."""

    async def handle_message(self, message: Message) -> None:
        told = cast("dict[str, Any]", message)
        kind, name = told.get("type"), told.get("id")
        if not isinstance(kind, str) or kind not in KINDS or (kind in NAMED and not _is_id(name)):
            await self.handle_invalid_message("Failed to parse message")
            return
        try:
            await super().handle_message(message)
        except NotAnswerable as no:
            await self.websocket.close(code=WS_1008_POLICY_VIOLATION, reason=no.code)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Registered operations can be asked for by id here too."""
        if self.connection_acknowledged and not await self._still_known():
            return
        try:
            asked = asked_of(message.get("payload"))
            query = asked.query
            if query is None and self.connection_acknowledged:
                query = self.context.door.documents.find(None, asked.extensions)
        except NotTakenError as no:
            await self.handle_invalid_message(str(no))
            return
        except NotAnswerable as no:
            error = {"message": str(no), "extensions": {"code": no.code, "remedy": no.remedy}}
            await self.send_message(
                cast("Message", {"id": message["id"], "type": "error", "payload": [error]})
            )
            return
        payload = {
            "query": query or "",
            "variables": asked.variables,
            "operationName": asked.operation_name,
        }
        await super().handle_subscribe(cast("SubscribeMessage", {**message, "payload": payload}))

    async def _still_known(self) -> bool:
        """A websocket may be older than what its token may do, and outlive the token."""
        try:
            await self.context.still_known()
        except NotAnswerable:
            await self.websocket.close(code=FORBIDDEN, reason="Forbidden")
            return False
        return True


def _is_id(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_ID
