"""The body of a request, within bounds of size and time."""

import asyncio

from starlette.requests import Request

from letterhead.errors import LetterheadError


class NotTakenError(LetterheadError):
    """``status``, ``headers``: of the answer, as in HTTP."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


async def read_body(request: Request, *, most: int, seconds: float) -> bytes:
    """Raises NotTakenError. Nothing compressed is taken: what it unpacks to cannot be told before."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise NotTakenError(
            415, "Send the body as it is, without Content-Encoding.", Accept_Encoding="identity"
        )
    too_large = NotTakenError(413, f"The body has more than {most} octets.")
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > most:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise too_large
    except TimeoutError:
        raise NotTakenError(
            408, f"The body took longer than {seconds:g} seconds.", Connection="close"
        ) from None
    return bytes(body)
