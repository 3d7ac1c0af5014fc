"""What must hold before a secret is sent to anybody."""

import re

from letterhead.vault.secret import Secret
from letterhead.wire.server import MailServer
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Security, Stage

_UNSENDABLE = re.compile("[\r\n\0\ud800-\udfff]")


def may_be_sent(
    server: MailServer, username: str, secret: Secret, *, encrypted: bool, allow_cleartext: bool
) -> None:
    """WireError where the secret could be read on the way. ValueError for what would break the line."""
    if not (encrypted or (allow_cleartext and server.security is Security.NONE)):
        raise WireError(server.protocol, Stage.SIGN_IN, Cause.TLS_NOT_OFFERED)
    if _UNSENDABLE.search(username) or _UNSENDABLE.search(secret.reveal()):
        raise ValueError("A login or a secret cannot hold line breaks, NUL or half characters.")


_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f]")
_TOKEN = re.compile(r"[\x21-\x7e]+")


def token_may_be_sent(server: MailServer, username: str, token: Secret, *, encrypted: bool) -> None:
    """As ``may_be_sent``, without exception: whoever has a token needs no more (RFC 6750 section 5.3).

    ValueError also for controls: SASL's token mechanisms part their fields with one.
    """
    may_be_sent(server, username, token, encrypted=encrypted, allow_cleartext=False)
    if _CONTROLS.search(username) or not _TOKEN.fullmatch(token.reveal()):
        raise ValueError("A login cannot hold controls, and a token is ASCII without spaces.")
