"""Top-level errors: what a caller can understand is shown, everything else is masked and logged."""

import structlog
from graphql import GraphQLError
from strawberry.extensions import MaskErrors

from letterhead.errors import NotAnswerable, Refused
from letterhead.schema.context import Context

log = structlog.get_logger(__name__)


class ErrorPolicy(MaskErrors):
    """Gives every error a code; shows nothing of a fault of ours but an id that the log has too."""

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        cause = error.original_error
        while isinstance(cause, GraphQLError) and cause.original_error:
            cause = cause.original_error
        if isinstance(cause, NotAnswerable):
            return _rewritten(error, str(cause), code=cause.code, remedy=cause.remedy)
        if isinstance(cause, Refused):
            return _rewritten(error, str(cause), code="BAD_INPUT")
        if cause is None or isinstance(cause, GraphQLError):
            return _rewritten(error, error.message, code="BAD_REQUEST")
        request_id = self._request_id()
        log.error(
            "a resolver failed",
            request_id=request_id,
            path=error.path,
            exc_info=cause,
        )
        message = "Something went wrong on our side. If it happens again, give the operator the request id."
        return _rewritten(error, message, code="INTERNAL", requestId=request_id)

    def _request_id(self) -> str:
        context = self.execution_context.context
        return context.request_id if isinstance(context, Context) else ""


def _rewritten(error: GraphQLError, message: str, **extensions: str) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={key: value for key, value in extensions.items() if value},
    )
