"""``POST /attachments``: the file is the body, its name stands in Content-Disposition.

A page of another origin cannot send that header without being asked first (CORS), nor a bearer token at all.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.outbox.attachments import Upload, receive
from letterhead.outbox.filenames import clean_media_type, file_name
from letterhead.outbox.mime import OPAQUE

IDLE_SECONDS = 30.0
LONGEST_SECONDS = 30 * 60.0
STATUS = {
    ProblemCode.NOT_PERMITTED: 403,
    ProblemCode.TOO_LARGE: 413,
    ProblemCode.TOO_MANY: 429,
}
FORMS = ("multipart/", "application/x-www-form-urlencoded")
CLOSED_REQUEST = 400


def attachment_routes(house: House, *, opaque: Callable[[UUID], str]) -> list[Route]:
    """``opaque``: the id of an attachment as clients know it."""
    return [Route("/attachments", partial(_upload, house, opaque), methods=["POST"])]


async def _upload(house: House, opaque: Callable[[UUID], str], request: Request) -> Response:
    by = await house.callers.known_by(request.headers.get("authorization", ""))
    if by is None:
        message = "Who is asking? Send a token: Authorization: Bearer lh_…"
        return _refusal(401, "UNAUTHENTICATED", message, {"WWW-Authenticate": "Bearer"})
    try:
        upload = _announced(request)
        if isinstance(upload, Response):
            return upload
        stored = await receive(house, upload, _arriving(request), by=by)
    except Refused as refused:
        problem = refused.problems[0]
        return _refusal(STATUS.get(problem.code, 422), problem.code, problem.message)
    except TimeoutError:
        return _refusal(408, "TIMEOUT", "It took too long to arrive; nothing of it was kept. Send it again.")
    except ClientDisconnect:
        return Response(status_code=CLOSED_REQUEST)
    return JSONResponse(
        {
            "id": opaque(stored.id),
            "name": stored.name,
            "mediaType": stored.media_type,
            "size": stored.size,
            "expiresAt": stored.expires_at.isoformat(),
        },
        status_code=201,
    )


def _announced(request: Request) -> Upload | Response:
    """What the headers say of the file. Raises Refused."""
    told = request.headers.get("content-type", OPAQUE)
    media_type = clean_media_type(told)
    if media_type is None or media_type.startswith(FORMS) or "content-encoding" in request.headers:
        message = (
            "Send the file itself as the body, with its own Content-Type, not compressed and in no form."
        )
        return _refusal(415, "UNSUPPORTED_MEDIA_TYPE", message)
    name = file_name(request.headers.get("content-disposition", ""))
    if name is None:
        message = "Name the file: Content-Disposition: attachment; filename*=UTF-8''offer.pdf"
        raise Refused(Problem(ProblemCode.REQUIRED, message))
    size = request.headers.get("content-length")
    return Upload(name=name, media_type=media_type, size=int(size) if size and size.isdecimal() else None)


async def _arriving(request: Request) -> AsyncIterator[bytes]:
    """Raises TimeoutError when nothing comes for a while, or the end does not."""
    loop, chunks = asyncio.get_running_loop(), request.stream()
    ends = loop.time() + LONGEST_SECONDS
    while True:
        async with asyncio.timeout_at(min(loop.time() + IDLE_SECONDS, ends)):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        yield chunk


def _refusal(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """In the shape of GraphQL's top-level errors."""
    error = {"message": message, "extensions": {"code": code}}
    return JSONResponse({"errors": [error]}, status_code=status, headers=headers)
