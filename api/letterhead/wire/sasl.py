"""SASL (RFC 4422): what is said is the same in SMTP, POP3 and IMAP."""

import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from letterhead.vault.secret import Secret
from letterhead.wire.server import MailServer
from letterhead.wire.tape import Tape
from letterhead.wire.trouble import Cause, MalformedError, WireError
from letterhead_providers import Stage

Say = Callable[[str], Awaitable[str | None]]
"""Says a line: the challenge to answer, or None where the server is content. WireError if it refuses."""

TOKEN_MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
_TOLD = ("status", "schemes", "scope")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """``response``: who signs in, in base64. ``farewell``: what makes a server that has explained in a
    challenge why it will refuse come out with its refusal; None: this mechanism has no such turn."""

    mechanism: str
    response: Secret
    farewell: str | None = None


def plain(username: str, secret: Secret) -> Claim:
    """RFC 4616."""
    return Claim(mechanism="PLAIN", response=_encoded(f"\0{username}\0{secret.reveal()}"))


def xoauth2(username: str, token: Secret) -> Claim:
    """https://developers.google.com/workspace/gmail/imap/xoauth2-protocol, which Microsoft took over."""
    response = _encoded(f"user={username}\x01auth=Bearer {token.reveal()}\x01\x01")
    return Claim(mechanism="XOAUTH2", response=response, farewell="")


def oauthbearer(server: MailServer, username: str, token: Secret) -> Claim:
    """RFC 7628 section 3.1; the name is written as RFC 5801 section 4 wants it."""
    name = username.replace("=", "=3D").replace(",", "=2C")
    where = f"host={server.host}\x01port={server.port}"
    response = _encoded(f"n,a={name},\x01{where}\x01auth=Bearer {token.reveal()}\x01\x01")
    return Claim(mechanism="OAUTHBEARER", response=response, farewell="AQ==")


def for_token(
    server: MailServer, username: str, token: Secret, *, mechanisms: Sequence[str], offered: Collection[str]
) -> Claim | None:
    """With the first of ``mechanisms`` that is ``offered`` and known here."""
    for mechanism in mechanisms:
        if mechanism == "XOAUTH2" and mechanism in offered:
            return xoauth2(username, token)
        if mechanism == "OAUTHBEARER" and mechanism in offered:
            return oauthbearer(server, username, token)
    return None


def no_mechanism(server: MailServer, offered: Collection[str], tape: Tape) -> WireError:
    detail = tape.clean(" ".join(offered), 200)
    return WireError(server.protocol, Stage.SIGN_IN, Cause.NO_MECHANISM, detail=detail)


async def present(claim: Claim, say: Say, tape: Tape, *, command: str, longest: int) -> None:
    """One attempt. ``longest``: octets of a command, its end included, that may hold the response too.

    WireError where it is refused; its detail tells why, if the server gave its reasons in a challenge.
    """
    opening, response = f"{command} {claim.mechanism}", claim.response.reveal()
    if len(opening) + len(response) + 3 <= longest:
        challenge = await say(f"{opening} {response}")
        if challenge == "" and claim.farewell is None:  # overlooked, and so asked for once more
            challenge = await say(response)
    elif await say(opening) is None:
        raise MalformedError
    else:
        challenge = await say(response)
    if challenge is None:
        return
    if claim.farewell is None:
        raise MalformedError
    refusal = await _refusal(say(claim.farewell))
    detail = tape.clean(reasons(challenge), 300)
    raise WireError(refusal.protocol, refusal.stage, refusal.cause, reply=refusal.reply, detail=detail)


async def log_in(username: str, secret: Secret, say: Say) -> None:
    """One attempt with LOGIN (draft-murchison-sasl-login), nothing of it before it is asked for.

    A server that overlooked a name sent with the command would take the secret for the name, and log it.
    """
    for line in ("AUTH LOGIN", _encoded(username).reveal()):
        if await say(line) is None:
            raise MalformedError
    if await say(_encoded(secret.reveal()).reveal()) is not None:
        raise MalformedError


async def _refusal(answer: Awaitable[str | None]) -> WireError:
    try:
        await answer
    except WireError as exc:
        return exc
    raise MalformedError


def reasons(challenge: str) -> str:
    """Such as ``status 401, schemes bearer, scope mail`` (RFC 7628 section 3.2.2); empty if unreadable."""
    try:
        text = b64decode(challenge, validate=True).decode()
    except ValueError:
        return ""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return text
    fields = said if isinstance(said, dict) else {}
    told = [f"{name} {fields[name]}" for name in _TOLD if isinstance(fields.get(name), str | int)]
    return ", ".join(told)


def _encoded(text: str) -> Secret:
    return Secret(b64encode(text.encode()).decode())
