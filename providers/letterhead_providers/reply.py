"""What a server said, what it meant, and where in the conversation it was said."""

from dataclasses import dataclass
from enum import StrEnum


class Protocol(StrEnum):
    SMTP = "SMTP"
    POP3 = "POP3"
    IMAP = "IMAP"


class Stage(StrEnum):
    """A place in an account test or a delivery. PRECHECK comes before anything is dialled."""

    PRECHECK = "PRECHECK"
    RESOLVE = "RESOLVE"
    CONNECT = "CONNECT"
    GREETING = "GREETING"
    TLS = "TLS"
    CAPABILITIES = "CAPABILITIES"
    SIGN_IN = "SIGN_IN"
    SENDER = "SENDER"
    RECIPIENT = "RECIPIENT"
    DATA = "DATA"
    MAILBOX = "MAILBOX"
    ROUND_TRIP = "ROUND_TRIP"
    PROVIDER = "PROVIDER"


class DiagnosisCode(StrEnum):
    """What kind of trouble it is. Grows: be ready for values you do not know."""

    WRONG_PASSWORD = "WRONG_PASSWORD"
    APP_PASSWORD_REQUIRED = "APP_PASSWORD_REQUIRED"
    BASIC_AUTH_DISABLED = "BASIC_AUTH_DISABLED"
    PROTOCOL_ACCESS_DISABLED = "PROTOCOL_ACCESS_DISABLED"
    WEB_LOGIN_REQUIRED = "WEB_LOGIN_REQUIRED"
    OAUTH_TOKEN_INVALID = "OAUTH_TOKEN_INVALID"
    AUTH_REQUIRED = "AUTH_REQUIRED"
    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    SENDER_NOT_OWNED = "SENDER_NOT_OWNED"
    SENDER_DOMAIN_UNVERIFIED = "SENDER_DOMAIN_UNVERIFIED"
    RECIPIENT_UNKNOWN = "RECIPIENT_UNKNOWN"
    RECIPIENT_MAILBOX_FULL = "RECIPIENT_MAILBOX_FULL"
    RECIPIENT_DISABLED = "RECIPIENT_DISABLED"
    GREYLISTED = "GREYLISTED"
    RATE_LIMITED = "RATE_LIMITED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    TOO_MANY_RECIPIENTS = "TOO_MANY_RECIPIENTS"
    SPAM_CONTENT = "SPAM_CONTENT"
    CONTENT_BLOCKED = "CONTENT_BLOCKED"
    MESSAGE_TOO_LARGE = "MESSAGE_TOO_LARGE"
    IP_BLOCKLISTED = "IP_BLOCKLISTED"
    IP_NOT_AUTHORIZED = "IP_NOT_AUTHORIZED"
    DMARC_REJECTED = "DMARC_REJECTED"
    SPF_FAIL = "SPF_FAIL"
    TLS_REQUIRED = "TLS_REQUIRED"
    TLS_MODE_MISMATCH = "TLS_MODE_MISMATCH"
    TLS_CERTIFICATE = "TLS_CERTIFICATE"
    RELAY_DENIED = "RELAY_DENIED"
    DNS_FAILURE = "DNS_FAILURE"
    CONNECTION_REFUSED = "CONNECTION_REFUSED"
    TIMEOUT = "TIMEOUT"
    SERVER_UNAVAILABLE = "SERVER_UNAVAILABLE"
    PROTOCOL_ERROR = "PROTOCOL_ERROR"
    POLICY_OTHER = "POLICY_OTHER"
    TARGET_NOT_ALLOWED = "TARGET_NOT_ALLOWED"
    SECRET_FORMAT = "SECRET_FORMAT"
    UNKNOWN = "UNKNOWN"


class Actor(StrEnum):
    """Whose move it is."""

    SENDER = "SENDER"
    MAILBOX_OWNER = "MAILBOX_OWNER"
    MAIL_ADMIN = "MAIL_ADMIN"
    RECIPIENT = "RECIPIENT"
    PROVIDER = "PROVIDER"
    OPERATOR = "OPERATOR"
    NOBODY = "NOBODY"


class Retry(StrEnum):
    NOW = "NOW"
    LATER = "LATER"
    AFTER_CHANGE = "AFTER_CHANGE"
    NEVER = "NEVER"


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One thing to do, in plain words. ``link`` is an https URL."""

    text: str
    link: str | None = None


@dataclass(frozen=True, kw_only=True)
class ServerReply:
    """A mail server's answer, already cleaned: printable, its lines joined by ``\\n``.

    ``code``: SMTP's three digits (RFC 5321 section 4.2); None for POP3 and IMAP.
    ``enhanced``: RFC 3463's status, such as ``5.7.8``, where the server gave one.
    ``text``: the words, without the codes.
    """

    code: int | None = None
    enhanced: str | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What happened, whose move it is, what to do. ``explained_by`` names the plugin or rule."""

    code: DiagnosisCode
    title: str
    explanation: str
    advice: tuple[Instruction, ...] = ()
    actor: Actor = Actor.NOBODY
    retry: Retry = Retry.AFTER_CHANGE
    help: str | None = None
    reply: ServerReply | None = None
    explained_by: str = ""
