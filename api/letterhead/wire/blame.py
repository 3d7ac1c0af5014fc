"""What an exception of the socket or TLS layer, or the first bytes of a stranger, tell about the cause."""

import re
import ssl

from letterhead.wire.clean import clean
from letterhead.wire.trouble import Cause
from letterhead_providers import Stage

# OpenSSL's X509_V_ERR_ numbers.
_VERIFY_CAUSES = {
    9: Cause.TLS_EXPIRED,  # not yet valid
    10: Cause.TLS_EXPIRED,
    62: Cause.TLS_WRONG_NAME,
    64: Cause.TLS_WRONG_NAME,  # of an address
}
_PLAIN_REASONS = frozenset({"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})


def blame(exc: BaseException, *, stage: Stage = Stage.TLS, implicit_tls: bool = False) -> tuple[Cause, str]:
    """The cause and further facts. ``implicit_tls``: TLS was spoken from the first byte.

    After the handshake, whatever is no TLS any more is the end of the connection.
    """
    if isinstance(exc, ssl.SSLCertVerificationError):
        return _VERIFY_CAUSES.get(exc.verify_code, Cause.TLS_UNTRUSTED), clean(exc.verify_message, 300)
    if isinstance(exc, ssl.SSLEOFError) or (isinstance(exc, ssl.SSLError) and stage is not Stage.TLS):
        return Cause.DISCONNECTED, ""
    if isinstance(exc, ssl.SSLError):
        plain = implicit_tls and exc.reason in _PLAIN_REASONS
        return (Cause.TLS_ON_PLAIN, "") if plain else (Cause.TLS_HANDSHAKE, clean(exc.reason or "", 300))
    if isinstance(exc, (TimeoutError, ConnectionAbortedError)):  # the latter: asyncio's limit of a handshake
        return Cause.TIMEOUT, ""
    return Cause.DISCONNECTED, ""


_TLS_RECORD = re.compile(rb"[\x14-\x17]\x03")
_OTHERS = re.compile(rb"SSH-|HTTP|<|RFB |\* (?:OK|BY|PR)|\+OK|-ERR|\d{3}[ -]", re.IGNORECASE)


def looks_like_tls(head: bytes) -> bool:
    return _TLS_RECORD.match(head) is not None


def stranger(head: bytes) -> Cause | None:
    """Who answers instead, judged by the first four bytes of a greeting that was not the protocol's own."""
    if looks_like_tls(head):
        return Cause.PLAIN_ON_TLS
    return Cause.WRONG_SERVICE if _OTHERS.match(head) else None
