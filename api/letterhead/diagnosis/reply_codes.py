"""What a basic reply code says at a stage, and what POP3's and IMAP's response codes say."""

import re

from letterhead.diagnosis.phrase import CONTENT, OPENING, RECIPIENT, SENDER, SIGN_IN
from letterhead_providers import DiagnosisCode as Code
from letterhead_providers import Protocol, ServerReply, Stage

_BRACKETED = re.compile(r"\[([A-Za-z]+(?:[-/][A-Za-z]+)?)[\] ]")
_BAD = re.compile(r"(?:\*|[A-Z]{0,4}\d{1,6}) BAD(?: |$)", re.IGNORECASE)

PLAIN_RESPONSE_CODES: dict[str, Code] = {
    "IN-USE": Code.SERVER_UNAVAILABLE,  # RFC 2449: another session has the mailbox open
    "LOGIN-DELAY": Code.RATE_LIMITED,  # RFC 2449: it was opened a moment ago
    "SYS/TEMP": Code.SERVER_UNAVAILABLE,  # RFC 3206
    "UNAVAILABLE": Code.SERVER_UNAVAILABLE,  # RFC 5530, to CLIENTBUG
    "INUSE": Code.SERVER_UNAVAILABLE,
    "SERVERBUG": Code.SERVER_UNAVAILABLE,
    "CORRUPTION": Code.SERVER_UNAVAILABLE,
    "LIMIT": Code.RATE_LIMITED,
    "THROTTLED": Code.RATE_LIMITED,
    "PRIVACYREQUIRED": Code.TLS_REQUIRED,
    "EXPIRED": Code.WRONG_PASSWORD,
    "CLIENTBUG": Code.PROTOCOL_ERROR,
    "WEBALERT": Code.WEB_LOGIN_REQUIRED,  # Gmail's
}
VAGUE_RESPONSE_CODES: dict[str, Code] = {
    "AUTH": Code.WRONG_PASSWORD,  # RFC 3206
    "AUTHENTICATIONFAILED": Code.WRONG_PASSWORD,  # RFC 5530, to NOPERM
    "AUTHORIZATIONFAILED": Code.PROTOCOL_ACCESS_DISABLED,
    "CONTACTADMIN": Code.PROTOCOL_ACCESS_DISABLED,
    "NOPERM": Code.PROTOCOL_ACCESS_DISABLED,
    "SYS/PERM": Code.PROTOCOL_ACCESS_DISABLED,  # RFC 3206
}

_ANY = frozenset(Stage)
BASIC: tuple[tuple[int, frozenset[Stage], Code], ...] = (
    (334, SIGN_IN, Code.OAUTH_TOKEN_INVALID),
    (421, _ANY, Code.SERVER_UNAVAILABLE),
    (432, SIGN_IN, Code.WEB_LOGIN_REQUIRED),  # RFC 4954: the password has to be set anew
    (435, SIGN_IN, Code.SERVER_UNAVAILABLE),  # Exim's, where it cannot find out
    (450, _ANY, Code.SERVER_UNAVAILABLE),
    (451, _ANY, Code.SERVER_UNAVAILABLE),
    (452, RECIPIENT, Code.TOO_MANY_RECIPIENTS),  # RFC 5321 section 4.5.3.1.10
    (452, _ANY, Code.SERVER_UNAVAILABLE),
    (454, _ANY, Code.SERVER_UNAVAILABLE),
    (455, _ANY, Code.PROTOCOL_ERROR),
    (500, _ANY, Code.PROTOCOL_ERROR),
    (501, _ANY, Code.PROTOCOL_ERROR),
    (502, _ANY, Code.PROTOCOL_ERROR),
    (503, _ANY, Code.PROTOCOL_ERROR),
    (504, _ANY, Code.PROTOCOL_ERROR),
    (521, RECIPIENT, Code.DNS_FAILURE),  # RFC 7504: the host takes no mail
    (523, _ANY, Code.MESSAGE_TOO_LARGE),
    (525, SIGN_IN | SENDER, Code.ACCOUNT_LOCKED),
    (525, RECIPIENT | CONTENT, Code.RECIPIENT_DISABLED),
    (530, _ANY, Code.AUTH_REQUIRED),
    (534, _ANY, Code.BASIC_AUTH_DISABLED),  # RFC 4954: the mechanism is too weak
    (535, _ANY, Code.WRONG_PASSWORD),
    (538, _ANY, Code.TLS_REQUIRED),
    (550, SIGN_IN, Code.WRONG_PASSWORD),
    (550, RECIPIENT, Code.RECIPIENT_UNKNOWN),
    (551, RECIPIENT, Code.RECIPIENT_UNKNOWN),
    (552, RECIPIENT, Code.RECIPIENT_MAILBOX_FULL),
    (552, CONTENT, Code.MESSAGE_TOO_LARGE),
    (553, SENDER, Code.SENDER_NOT_OWNED),
    (553, RECIPIENT, Code.RECIPIENT_UNKNOWN),
    (555, _ANY, Code.PROTOCOL_ERROR),
    (556, _ANY, Code.DNS_FAILURE),  # RFC 7504: the domain takes no mail
)
_REFUSALS = range(520, 600)


def plain_response_code(reply: ServerReply) -> tuple[Code, str] | None:
    return _bracketed(reply, PLAIN_RESPONSE_CODES)


def vague_response_code(reply: ServerReply) -> tuple[Code, str] | None:
    return _bracketed(reply, VAGUE_RESPONSE_CODES)


def not_understood(protocol: Protocol, reply: ServerReply) -> tuple[Code, str] | None:
    """IMAP's BAD (RFC 9051 section 7.1.3), as the answer itself: notices come before it, on other lines."""
    last = reply.text.rpartition("\n")[2]
    return (Code.PROTOCOL_ERROR, "BAD") if protocol is Protocol.IMAP and _BAD.match(last) else None


def _bracketed(reply: ServerReply, meanings: dict[str, Code]) -> tuple[Code, str] | None:
    for match in _BRACKETED.finditer(reply.text):
        name = match.group(1).upper()
        if name in meanings:
            return meanings[name], f"[{name}]"
    return None


def basic(protocol: Protocol, stage: Stage, code: int | None) -> tuple[Code, str] | None:
    """The coarsest evidence there is: that a server said no at all, at this place."""
    if code is None:
        refused_sign_in = protocol is not Protocol.SMTP and stage is Stage.SIGN_IN
        return (Code.WRONG_PASSWORD, f"{protocol} at {stage}") if refused_sign_in else None
    for candidate, stages, meaning in BASIC:
        if candidate == code and stage in stages:
            return meaning, f"{code} at {stage}"
    if code not in _REFUSALS:
        return None
    if stage in OPENING:  # RFC 5321 section 3.1: the greeting refuses the client as such
        return Code.IP_BLOCKLISTED, f"{code} at {stage}"
    return Code.POLICY_OTHER, f"{code} at {stage}"
