"""What a cause on our side of the conversation means, by the place where it showed."""

from letterhead.diagnosis.failure import Failure
from letterhead.wire.trouble import Cause
from letterhead_providers import DiagnosisCode as Code
from letterhead_providers import Stage

CODES: dict[Cause, Code] = {
    Cause.REPLY: Code.UNKNOWN,
    Cause.TARGET_REFUSED: Code.TARGET_NOT_ALLOWED,
    Cause.HOST_NOT_FOUND: Code.DNS_FAILURE,
    Cause.DNS_FAILED: Code.DNS_FAILURE,
    Cause.CONNECTION_REFUSED: Code.CONNECTION_REFUSED,
    Cause.UNREACHABLE: Code.CONNECTION_REFUSED,
    Cause.TIMEOUT: Code.TIMEOUT,
    Cause.DISCONNECTED: Code.SERVER_UNAVAILABLE,
    Cause.TLS_NOT_OFFERED: Code.TLS_MODE_MISMATCH,
    Cause.TLS_UNTRUSTED: Code.TLS_CERTIFICATE,
    Cause.TLS_EXPIRED: Code.TLS_CERTIFICATE,
    Cause.TLS_WRONG_NAME: Code.TLS_CERTIFICATE,
    Cause.TLS_HANDSHAKE: Code.TLS_MODE_MISMATCH,
    Cause.TLS_ON_PLAIN: Code.TLS_MODE_MISMATCH,
    Cause.PLAIN_ON_TLS: Code.TLS_MODE_MISMATCH,
    Cause.WRONG_SERVICE: Code.PROTOCOL_ERROR,
    Cause.NO_MECHANISM: Code.BASIC_AUTH_DISABLED,
    Cause.MALFORMED: Code.PROTOCOL_ERROR,
    Cause.TOO_LARGE: Code.MESSAGE_TOO_LARGE,
    Cause.ADDRESS_NOT_ASCII: Code.PROTOCOL_ERROR,
}

_BY_STAGE: dict[tuple[Cause, Stage], Code] = {
    (Cause.DISCONNECTED, Stage.CONNECT): Code.CONNECTION_REFUSED,
    (Cause.DISCONNECTED, Stage.GREETING): Code.CONNECTION_REFUSED,
    (Cause.DISCONNECTED, Stage.TLS): Code.TLS_MODE_MISMATCH,
}


def code_of(failure: Failure) -> Code:
    if failure.cause is Cause.NO_MECHANISM and "OAUTH" not in failure.detail.upper():
        return Code.PROTOCOL_ERROR
    return _BY_STAGE.get((failure.cause, failure.stage), CODES[failure.cause])
