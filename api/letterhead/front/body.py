"""The body of a request, within bounds of size and time."""

import asyncio

from starlette.requests import Request

from letterhead.errors import LetterheadError
from letterhead.front.headers import header


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
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError:
        raise NotTakenError(
            408, f"The body took longer than {seconds:g} seconds.", Connection="close"
        ) from None
    return bytes(body)


def _too_large(most: int) -> NotTakenError:
    return NotTakenError(413, f"The body has more than {most} octets.")
