"""Enhanced status codes (RFC 3463) and what they say.

``REGISTERED`` follows IANA's registry "SMTP Enhanced Status Codes" (RFC 5248), row by row from X.1.0 to
X.7.30, where the copies of it ended that it was compared with in November 2026. Rows without a remark stem
from RFC 3463. Left out are those that tell no reason, such as X.0.0, X.5.0, X.7.0 and X.7.1, which are given
for so many that only the words can tell, and those of success: X.1.5 (valid), X.1.9 (relayed to a mailer that
reports nothing) and X.3.6 (priority changed, RFC 6710).

Where the same status means different things at different places, ``_BY_STAGE`` says which. The assigned ones
got a meaning of their own from a mail service; they are met everywhere, in bounces and in replies passed on.
"""

import re
from collections.abc import Iterator

from letterhead.diagnosis.phrase import CONTENT, OPENING, RECIPIENT, SENDER, SIGN_IN
from letterhead_providers import DiagnosisCode as Code
from letterhead_providers import ServerReply, Stage

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")

REGISTERED: dict[str, Code] = {
    "1.1": Code.RECIPIENT_UNKNOWN,
    "1.2": Code.DNS_FAILURE,
    "1.3": Code.RECIPIENT_UNKNOWN,
    "1.4": Code.RECIPIENT_UNKNOWN,
    "1.6": Code.RECIPIENT_DISABLED,
    "1.7": Code.SENDER_NOT_OWNED,
    "1.8": Code.DNS_FAILURE,
    "1.10": Code.DNS_FAILURE,  # RFC 7505: the domain takes no mail
    "2.1": Code.RECIPIENT_DISABLED,
    "2.2": Code.RECIPIENT_MAILBOX_FULL,
    "2.3": Code.MESSAGE_TOO_LARGE,
    "2.4": Code.POLICY_OTHER,
    "3.0": Code.SERVER_UNAVAILABLE,
    "3.1": Code.SERVER_UNAVAILABLE,
    "3.2": Code.SERVER_UNAVAILABLE,
    "3.3": Code.PROTOCOL_ERROR,
    "3.4": Code.MESSAGE_TOO_LARGE,
    "3.5": Code.SERVER_UNAVAILABLE,
    "4.0": Code.SERVER_UNAVAILABLE,
    "4.1": Code.SERVER_UNAVAILABLE,
    "4.2": Code.SERVER_UNAVAILABLE,
    "4.3": Code.DNS_FAILURE,
    "4.4": Code.DNS_FAILURE,
    "4.5": Code.SERVER_UNAVAILABLE,
    "4.6": Code.DNS_FAILURE,
    "4.7": Code.TIMEOUT,
    "5.1": Code.PROTOCOL_ERROR,
    "5.2": Code.PROTOCOL_ERROR,
    "5.3": Code.TOO_MANY_RECIPIENTS,
    "5.4": Code.PROTOCOL_ERROR,
    "5.5": Code.PROTOCOL_ERROR,
    "5.6": Code.PROTOCOL_ERROR,  # RFC 4954
    "6.0": Code.CONTENT_BLOCKED,
    "6.1": Code.CONTENT_BLOCKED,
    "6.2": Code.CONTENT_BLOCKED,
    "6.3": Code.CONTENT_BLOCKED,
    "6.4": Code.CONTENT_BLOCKED,
    "6.5": Code.CONTENT_BLOCKED,
    "6.6": Code.CONTENT_BLOCKED,  # RFC 4468
    "6.7": Code.PROTOCOL_ERROR,  # RFC 6531, to 6.9: addresses, replies or headers beyond ASCII
    "6.8": Code.PROTOCOL_ERROR,
    "6.9": Code.PROTOCOL_ERROR,
    "6.10": Code.PROTOCOL_ERROR,  # X.6.8 once more, deprecated
    "7.2": Code.POLICY_OTHER,
    "7.3": Code.POLICY_OTHER,
    "7.4": Code.PROTOCOL_ERROR,
    "7.5": Code.POLICY_OTHER,
    "7.6": Code.POLICY_OTHER,
    "7.7": Code.CONTENT_BLOCKED,
    "7.8": Code.WRONG_PASSWORD,  # RFC 4954
    "7.9": Code.BASIC_AUTH_DISABLED,  # RFC 4954
    "7.10": Code.TLS_REQUIRED,  # RFC 5248
    "7.11": Code.TLS_REQUIRED,  # RFC 4954
    "7.12": Code.WEB_LOGIN_REQUIRED,  # RFC 4954: the service has to take the password in anew
    "7.13": Code.ACCOUNT_LOCKED,  # RFC 5248
    "7.14": Code.POLICY_OTHER,  # RFC 5248: the server has no access to content kept elsewhere (RFC 4468)
    "7.15": Code.POLICY_OTHER,  # RFC 6710
    "7.16": Code.MESSAGE_TOO_LARGE,  # RFC 6710
    "7.17": Code.RECIPIENT_DISABLED,  # RFC 7293: the mailbox has another owner now
    "7.18": Code.RECIPIENT_DISABLED,  # RFC 7293: so has the domain
    "7.19": Code.POLICY_OTHER,  # RFC 7293: whether it has cannot be told
    "7.20": Code.SPF_FAIL,  # RFC 7372, to 7.26: DKIM, SPF, reverse DNS, several of them
    "7.21": Code.SPF_FAIL,
    "7.22": Code.SPF_FAIL,
    "7.23": Code.SPF_FAIL,
    "7.24": Code.SPF_FAIL,
    "7.25": Code.DNS_FAILURE,
    "7.26": Code.SPF_FAIL,
    "7.27": Code.DNS_FAILURE,  # RFC 7505: the sender's domain takes no mail
    "7.28": Code.RATE_LIMITED,  # registered without an RFC: a flood of mail
    "7.29": Code.SPF_FAIL,  # RFC 8617: ARC
    "7.30": Code.TLS_REQUIRED,  # RFC 8689
}

ONLY_LASTING = frozenset({"2.1", "1.6", "7.13"})
"""Where 4xx says no more than "not now": Gmail gives 4.2.1 for mail that comes in too fast."""

_BY_STAGE: tuple[tuple[str, frozenset[Stage], Code], ...] = (
    ("2.1", SIGN_IN | SENDER, Code.ACCOUNT_LOCKED),
    ("7.13", RECIPIENT | CONTENT, Code.RECIPIENT_DISABLED),
    ("7.3", SIGN_IN, Code.WRONG_PASSWORD),  # Exchange's answer to a wrong password
    ("7.14", SIGN_IN, Code.WEB_LOGIN_REQUIRED),  # Gmail's, where a browser has to be used first
    ("7.9", CONTENT | RECIPIENT | SENDER, Code.DMARC_REJECTED),  # Yahoo's, for unauthenticated mail
    ("7.0", SIGN_IN, Code.WRONG_PASSWORD),
    ("7.1", SIGN_IN, Code.WRONG_PASSWORD),
    ("7.1", OPENING, Code.IP_BLOCKLISTED),
    ("7.0", OPENING, Code.IP_BLOCKLISTED),
    ("1.0", RECIPIENT, Code.RECIPIENT_UNKNOWN),
    ("1.0", SENDER, Code.SENDER_NOT_OWNED),
)

ASSIGNED: dict[str, Code] = {
    "4.7.500": Code.SERVER_UNAVAILABLE,
    "4.7.650": Code.RATE_LIMITED,
    "5.1.90": Code.QUOTA_EXCEEDED,
    "5.2.252": Code.SENDER_NOT_OWNED,
    "5.4.310": Code.DNS_FAILURE,
    "5.4.312": Code.DNS_FAILURE,
    "5.7.124": Code.POLICY_OTHER,  # to 5.7.134: a group or mailbox that takes mail from its own people only
    "5.7.133": Code.POLICY_OTHER,
    "5.7.134": Code.POLICY_OTHER,
    "5.7.232": Code.QUOTA_EXCEEDED,
    "5.7.233": Code.QUOTA_EXCEEDED,
    "5.7.501": Code.ACCOUNT_LOCKED,
    "5.7.502": Code.ACCOUNT_LOCKED,
    "5.7.503": Code.ACCOUNT_LOCKED,
    "5.7.506": Code.PROTOCOL_ERROR,
    "5.7.508": Code.RATE_LIMITED,
    "5.7.509": Code.DMARC_REJECTED,
    "5.7.511": Code.IP_BLOCKLISTED,
    "5.7.512": Code.CONTENT_BLOCKED,
    "5.7.513": Code.IP_BLOCKLISTED,
    "5.7.515": Code.SPF_FAIL,
    "5.7.705": Code.ACCOUNT_LOCKED,
    "5.7.708": Code.IP_BLOCKLISTED,
    "5.7.750": Code.SENDER_DOMAIN_UNVERIFIED,
}
"""Microsoft's. It gives them out for one reason each, so they come before any words."""

ASSIGNED_LOOSELY: dict[str, Code] = {
    "5.4.1": Code.RECIPIENT_UNKNOWN,
    "5.4.5": Code.QUOTA_EXCEEDED,  # Google
    "5.7.57": Code.AUTH_REQUIRED,  # Microsoft, to 5.7.139
    "5.7.60": Code.SENDER_NOT_OWNED,
    "5.7.64": Code.RELAY_DENIED,
    "5.7.139": Code.PROTOCOL_ACCESS_DISABLED,
}
"""Given for some reasons more, which the words tell; so these come after them."""

_BANNED_ADDRESS = range(606, 650)
"""Microsoft's 5.7.606 to 5.7.649, one for each kind of banned address."""


def statuses_in(reply: ServerReply) -> tuple[str, ...]:
    """The reply's own status, then those quoted in its words: a server in between passes on another's."""
    quoted = (match.group(0) for match in _STATUS.finditer(reply.text))
    own = (reply.enhanced,) if reply.enhanced and _STATUS.fullmatch(reply.enhanced) else ()
    return tuple(dict.fromkeys((*own, *quoted)))


def assigned(statuses: tuple[str, ...]) -> tuple[Code, str] | None:
    """By the innermost status that a service has given a meaning of its own."""
    for status in reversed(statuses):
        if status in ASSIGNED:
            return ASSIGNED[status], status
        class_, subject, detail = status.split(".")
        if (class_, subject) == ("5", "7") and int(detail) in _BANNED_ADDRESS:
            return Code.IP_BLOCKLISTED, status
    return None


def assigned_loosely(statuses: tuple[str, ...]) -> tuple[Code, str] | None:
    found = next((status for status in reversed(statuses) if status in ASSIGNED_LOOSELY), None)
    return (ASSIGNED_LOOSELY[found], found) if found else None


def registered(statuses: tuple[str, ...], stage: Stage) -> tuple[Code, str] | None:
    for status in statuses:
        for code in _meanings(status, stage):
            return code, status
    return None


def _meanings(status: str, stage: Stage) -> Iterator[Code]:
    class_, _, reason = status.partition(".")
    for candidate, stages, code in _BY_STAGE:
        if candidate == reason and stage in stages and class_ == "5":
            yield code
    if reason in REGISTERED and (class_ == "5" or (class_ == "4" and reason not in ONLY_LASTING)):
        yield REGISTERED[reason]
