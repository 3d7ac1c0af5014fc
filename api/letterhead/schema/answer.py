"""What a client is answered, as the GraphQL over HTTP specification says (draft of 2025, section 6.4)."""

from typing import Any

import orjson
import structlog
from graphql import GraphQLError
from starlette.responses import Response
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from letterhead.errors import TooOften
from letterhead.front.body import NotTakenError
from letterhead.schema.errors import masked, show
from letterhead.schema.request import GRAPHQL, JSON

log = structlog.get_logger(__name__)
STATUS = {"RATE_LIMITED": 429, "METHOD_NOT_ALLOWED": 405, "TIMEOUT": 503}
"""Of what was not executed, whichever media type was asked for."""

TAKEN = {405: "METHOD_NOT_ALLOWED", 406: "NOT_ACCEPTABLE", 408: "TIMEOUT", 413: "TOO_LARGE"}
TAKEN |= {415: "UNSUPPORTED_MEDIA_TYPE"}


def answer(result: ExecutionResult, media: str, request_id: str) -> Response:
    """Without ``data`` where nothing was executed."""
    errors = result.errors or []
    status, headers = 200, {}
    if not was_executed(result):
        codes = [(error.extensions or {}).get("code", "") for error in errors]
        status = next((STATUS[code] for code in codes if code in STATUS), 400 if media == GRAPHQL else 200)
        headers = _headers(status, errors)
    try:
        body = orjson.dumps(shape(result))
    except TypeError:
        log.exception("an answer could not be written", request_id=request_id)
        status, body = 500, orjson.dumps({"errors": [masked(request_id).formatted]})
    return Response(body, status, headers, f"{media}; charset=utf-8")


def shape(result: ExecutionResult) -> dict[str, Any]:
    shown: dict[str, Any] = {"data": result.data} if was_executed(result) else {}
    if result.errors:
        shown["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        shown["extensions"] = result.extensions
    return shown


def was_executed(result: ExecutionResult) -> bool:
    """A variable that could not be read is found by the executor, but before it executes anything."""
    errors = result.errors or []
    if result.data is not None or not errors or any(error.path for error in errors):
        return True
    refused = all((error.extensions or {}).get("code") == "BAD_REQUEST" for error in errors)
    return not refused and not isinstance(result, PreExecutionError)


def not_taken(no: NotTakenError, media: str) -> Response:
    """What was no request that could be looked at."""
    extensions = {"code": TAKEN.get(no.status, "BAD_REQUEST")}
    body = orjson.dumps({"errors": [{"message": str(no), "extensions": extensions}]})
    return Response(body, no.status, no.headers, f"{media}; charset=utf-8")


def refused(no: TooOften) -> Response:
    """Of a caller who is not looked up."""
    error = GraphQLError(str(no), original_error=no)
    return answer(PreExecutionError(data=None, errors=show([error], "")), JSON, "")


def _headers(status: int, errors: list[GraphQLError]) -> dict[str, str]:
    if status == 405:
        return {"Allow": "POST"}
    seconds = [(error.extensions or {}).get("retryAfter", 0) for error in errors]
    return {"Retry-After": str(max(seconds))} if any(seconds) else {}
