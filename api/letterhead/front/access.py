"""A line for each request, and its id in whatever else is logged meanwhile. No query, no variables."""

import asyncio
import re
import time
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, unbind_contextvars

from letterhead.closing import Closing
from letterhead.front.doorway import REQUEST_ID
from letterhead.front.headers import header
from letterhead.logs import said_of_a_request
from letterhead.tracing import Tracing

TICKETS = re.compile(r"(/sign-in/)(?!link|callback).+|(lh_|eyJ).+")
"""What lets somebody in: paths of ours, and tokens that somebody put into one."""

LONGEST_PATH = 200
CLOSED = 101
GOING_AWAY = 1001
"""RFC 6455 section 7.4.1."""

LAST_WORDS_SECONDS = 0.2


class Access:
    """``closing``: once it begins, websockets are told to go, after what they were still to be told."""

    def __init__(self, app: ASGIApp, *, closing: Closing, tracing: Tracing) -> None:
        self._app = app
        self._closing = closing
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status = time.monotonic(), CLOSED

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        method, path = scope.get("method", "WEBSOCKET"), shown_path(scope["path"])
        bind_contextvars(request_id=scope[REQUEST_ID])
        with self._tracing.span("request", parent=_parent(scope), method=method, path=path):
            try:
                if scope["type"] == "websocket":
                    await self._until_closing(scope, receive, heard)
                else:
                    await self._app(scope, receive, heard)
            except Exception:
                status = 500
                raise
            finally:
                took_ms = round((time.monotonic() - begun) * 1000)
                said_of_a_request({"method": method, "path": path, "status": status, "took_ms": took_ms})
                unbind_contextvars("request_id")

    async def _until_closing(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._closing.talk():
            talking = asyncio.ensure_future(self._app(scope, receive, send))
            leaving = asyncio.create_task(self._closing.begun.wait())
            try:
                await asyncio.wait({talking, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not talking.done():
                    await asyncio.wait({talking}, timeout=LAST_WORDS_SECONDS)
                if not talking.done():
                    await send({"type": "websocket.close", "code": GOING_AWAY})
                await talking
            finally:
                leaving.cancel()
                talking.cancel()


def shown_path(path: str) -> str:
    """Of a path that lets somebody in only the beginning."""
    known = TICKETS.sub(lambda cut: f"{cut[1] or cut[2]}…", path)[:LONGEST_PATH]
    return known if known.isprintable() else "".join(one if one.isprintable() else "?" for one in known)


def _parent(scope: Scope) -> Mapping[str, str]:
    found = header(scope, b"traceparent")
    return {"traceparent": found} if found else {}
