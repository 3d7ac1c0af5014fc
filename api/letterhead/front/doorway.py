"""Around every route: an id for each request, headers that browsers heed, and faults that show nothing."""

import re
from contextlib import suppress
from secrets import token_hex

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from letterhead.front.headers import complete, header, raw

log = structlog.get_logger(__name__)
REQUEST_ID = "letterhead.request_id"
GIVEN = re.compile(r"(?!lh_|eyJ)[A-Za-z0-9._-]{8,64}")
"""No token that somebody sends under a wrong name: it is answered and logged."""
PRIVATE = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
ONE_YEAR = "max-age=31536000"
FAULT = "Something went wrong on our side. If it happens again, give the operator the request id."
CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "TOO_LARGE"}


class Doorway:
    """``https``: browsers reach this server by it, and are told to keep to it."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = raw(PRIVATE | ({"Strict-Transport-Security": ONE_YEAR} if https else {}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = scope[REQUEST_ID] = _given(scope) or token_hex(16)
        begun = False

        async def dressed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                complete(message, [(b"x-request-id", request_id.encode()), *self._headers])
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("a request failed", request_id=request_id)
            if scope["type"] == "websocket":
                with suppress(Exception):
                    await send({"type": "websocket.close", "code": 1011})
            elif not begun:
                await fault(request_id)(scope, receive, dressed)


def _given(scope: Scope) -> str | None:
    """The id that whoever stands before us has given it."""
    found = header(scope, b"x-request-id")
    return found if found and GIVEN.fullmatch(found) else None


def fault(request_id: str) -> Response:
    """What is answered where something failed that nobody had foreseen."""
    return refusal(500, FAULT, code="INTERNAL", request_id=request_id)


async def not_here(request: Request, exc: Exception) -> Response:
    """What Starlette answers by itself, such as 404, in our form."""
    assert isinstance(exc, HTTPException)
    code = CODES.get(exc.status_code, "BAD_REQUEST")
    response = refusal(exc.status_code, f"{exc.detail}.", code=code, request_id=request.scope[REQUEST_ID])
    response.headers.update(exc.headers or {})
    return response


def refusal(status: int, message: str, *, code: str, request_id: str) -> Response:
    """In the form that GraphQL's errors have, so that a client has one way to read them."""
    extensions = {"code": code, "requestId": request_id}
    return JSONResponse({"errors": [{"message": message, "extensions": extensions}]}, status_code=status)
