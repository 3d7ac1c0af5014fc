"""The body of a request, within bounds of size and time."""

import asyncio
from contextlib import nullcontext

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from letterhead.errors import LetterheadError
from letterhead.front.headers import header

WHOLE = "letterhead.whole"
"""In a request's scope, if all of it has arrived: nothing of it has to be waited for."""


class NotTakenError(LetterheadError):
    """``status``, ``headers``: of the answer, as in HTTP."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


async def read_body(request: Request, *, most: int, seconds: float) -> bytes:
    """Raises NotTakenError. Nothing compressed is taken: what it unpacks to cannot be told before."""
    encoding = header(request.scope, b"content-encoding")
    if encoding is not None and encoding.strip().lower() != "identity":
        raise NotTakenError(
            415, "Send the body as it is, without Content-Encoding.", Accept_Encoding="identity"
        )
    length = header(request.scope, b"content-length") or "0"
    if length.isdecimal() and int(length[:20]) > most:
        raise _too_large(most)
    try:
        async with nullcontext() if WHOLE in request.scope else asyncio.timeout(seconds):
            return await _read(request.receive, most=most)
    except TimeoutError:
        raise NotTakenError(
            408, f"The body took longer than {seconds:g} seconds.", Connection="close"
        ) from None


async def _read(receive: Receive, *, most: int) -> bytes:
    """Raises ClientDisconnect, too."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(most: int) -> NotTakenError:
    return NotTakenError(413, f"The body has more than {most} octets.")
