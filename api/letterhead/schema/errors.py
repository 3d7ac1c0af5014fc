"""Top-level errors: what a caller can understand is shown, everything else is masked and logged."""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil

import structlog
from graphql import GraphQLError

from letterhead.errors import NotAnswerable, Refused, TooOften
from letterhead.schema.unquoted import without_value
from letterhead.store.database import now

log = structlog.get_logger(__name__)
MASKED = "Something went wrong on our side. If it happens again, give the operator the request id."
MOST_LOGGED = 5
"""Of one answer: a page of things that fail in the same way need not fill a disk."""


class ShownError(GraphQLError):
    """An error as the caller may see it."""


def show(errors: Sequence[GraphQLError], request_id: str) -> list[GraphQLError]:
    """Gives every error a code; shows nothing of a fault of ours but an id that the log has too."""
    faults = [error for error in errors if _is_fault(error)]
    for fault in faults[:MOST_LOGGED]:
        log.error("a resolver failed", request_id=request_id, path=fault.path, exc_info=_cause(fault))
    if len(faults) > MOST_LOGGED:
        log.error("more failed in the same answer", request_id=request_id, faults=len(faults) - MOST_LOGGED)
    return [_shown(error, request_id) for error in errors]


def masked(request_id: str) -> GraphQLError:
    """Of a fault that has been logged."""
    return ShownError(MASKED, extensions={"code": "INTERNAL", "requestId": request_id})


def _shown(error: GraphQLError, request_id: str) -> GraphQLError:
    if isinstance(error, ShownError):
        return error
    cause = _cause(error)
    if isinstance(cause, TooOften):
        again = now() + timedelta(seconds=cause.seconds)
        return _rewritten(
            error,
            str(cause),
            code=cause.code,
            remedy=cause.remedy,
            resetAt=again.isoformat().replace("+00:00", "Z"),
            retryAfter=max(1, ceil(cause.seconds)),
        )
    if isinstance(cause, NotAnswerable):
        return _rewritten(error, str(cause), code=cause.code, remedy=cause.remedy)
    if isinstance(cause, Refused):
        return _rewritten(error, str(cause), code="BAD_INPUT")
    if cause is None:
        return _rewritten(error, without_value(error.message), code="BAD_REQUEST")
    return _rewritten(error, MASKED, code="INTERNAL", requestId=request_id)


def _is_fault(error: GraphQLError) -> bool:
    known = isinstance(error, ShownError) or isinstance(_cause(error), NotAnswerable | Refused | None)
    return not known


def _cause(error: GraphQLError) -> Exception | None:
    """What was raised first, if that was no GraphQLError."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def _rewritten(error: GraphQLError, message: str, **extensions: str | int) -> GraphQLError:
    return ShownError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={key: value for key, value in extensions.items() if value},
    )
