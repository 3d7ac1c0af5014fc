"""What can go wrong in a conversation with a server, as one exception that carries the facts."""

from enum import StrEnum

from letterhead.errors import LetterheadError
from letterhead.wire.envelope import RecipientReply
from letterhead_providers import Protocol, ServerReply, Stage


class Cause(StrEnum):
    """Why it failed, as far as our side can tell. REPLY: the server said no, see the reply."""

    REPLY = "REPLY"
    TARGET_REFUSED = "TARGET_REFUSED"
    HOST_NOT_FOUND = "HOST_NOT_FOUND"
    DNS_FAILED = "DNS_FAILED"
    CONNECTION_REFUSED = "CONNECTION_REFUSED"
    UNREACHABLE = "UNREACHABLE"
    TIMEOUT = "TIMEOUT"
    DISCONNECTED = "DISCONNECTED"
    TLS_NOT_OFFERED = "TLS_NOT_OFFERED"
    TLS_UNTRUSTED = "TLS_UNTRUSTED"
    TLS_EXPIRED = "TLS_EXPIRED"
    TLS_WRONG_NAME = "TLS_WRONG_NAME"
    TLS_HANDSHAKE = "TLS_HANDSHAKE"
    TLS_ON_PLAIN = "TLS_ON_PLAIN"
    PLAIN_ON_TLS = "PLAIN_ON_TLS"
    WRONG_SERVICE = "WRONG_SERVICE"
    NO_MECHANISM = "NO_MECHANISM"
    MALFORMED = "MALFORMED"
    TOO_LARGE = "TOO_LARGE"
    ADDRESS_NOT_ASCII = "ADDRESS_NOT_ASCII"


class NotReached(LetterheadError):
    """No connection was had, whatever was to be spoken over it."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class WireError(LetterheadError):
    """A conversation failed.

    ``stage``: where. ``cause``: why. ``reply``: the server's cleaned answer, if it gave one.
    ``detail``: further facts in plain words, such as the names a certificate is for. Never a secret.
    """

    def __init__(
        self,
        protocol: Protocol,
        stage: Stage,
        cause: Cause,
        *,
        reply: ServerReply | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(f"{protocol} {stage}: {cause} {detail}".strip())
        self.protocol = protocol
        self.stage = stage
        self.cause = cause
        self.reply = reply
        self.detail = detail


class CannotCarry(WireError):
    """What the server said it can do is not enough for this message, which was not begun; the connection can
    go on."""


class LostAfterDot(WireError):
    """The message was sent to its end and the verdict never read: it may have been delivered, to those of
    ``recipients`` that were accepted."""

    def __init__(
        self, protocol: Protocol, stage: Stage, cause: Cause, *, recipients: tuple[RecipientReply, ...] = ()
    ) -> None:
        super().__init__(protocol, stage, cause)
        self.recipients = recipients


class MalformedError(Exception):
    """Too long, too many, or not what the protocol says: a WireError once it has left the line.

    ``cause``: where it shows who answers instead.
    """

    def __init__(self, cause: Cause = Cause.MALFORMED) -> None:
        super().__init__(cause)
        self.cause = cause
