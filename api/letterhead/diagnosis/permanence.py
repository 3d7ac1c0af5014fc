"""Whether waiting can help: a fact of its own, beside the kind of trouble.

The server's class decides (RFC 5321 section 4.2.1: 4yz is worth another try, 5yz is not), because the two
mistakes do not weigh the same: trying again in vain costs little, while giving up on a message that would
have gone through loses it. A server that defers what it will never take, such as Postfix with
``defer_unauth_destination`` and its 454 for relaying, is tried until the message expires.

There are three exceptions. Some kinds pass by themselves whatever the code. Sign-in refusals that are
clearly about the credential are final also with a 4yz, since repeating a wrong secret locks accounts; other
4yz answers to a sign-in, an unreachable password database for one, are temporary. And a reply's own words
outweigh its code where they speak of time: "try again later", or "permanently".
"""

from letterhead.diagnosis.classify import reply_class
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.phrase import phrase
from letterhead.diagnosis.words import fold
from letterhead.wire.trouble import Cause
from letterhead_providers import Diagnosis, ServerReply, Stage
from letterhead_providers import DiagnosisCode as Code

ABOUT_SIGN_IN = frozenset(
    {
        Code.WRONG_PASSWORD,
        Code.APP_PASSWORD_REQUIRED,
        Code.BASIC_AUTH_DISABLED,
        Code.PROTOCOL_ACCESS_DISABLED,
        Code.WEB_LOGIN_REQUIRED,
        Code.OAUTH_TOKEN_INVALID,
        Code.AUTH_REQUIRED,
        Code.ACCOUNT_LOCKED,
        Code.IP_NOT_AUTHORIZED,
        Code.SECRET_FORMAT,
    }
)
ABOUT_SENDER = frozenset(
    {
        Code.SENDER_NOT_OWNED,
        Code.SENDER_DOMAIN_UNVERIFIED,
        Code.RELAY_DENIED,
        Code.AUTH_REQUIRED,
        Code.ACCOUNT_LOCKED,
    }
)

PASSES_BY_ITSELF = frozenset({Code.RATE_LIMITED, Code.QUOTA_EXCEEDED, Code.GREYLISTED, Code.TIMEOUT})
"""Temporary even where the server says 5xx: Gmail's daily limit is a 550, Yahoo's pause a 535."""

NEEDS_A_CHANGE = ABOUT_SIGN_IN - {Code.ACCOUNT_LOCKED, Code.AUTH_REQUIRED, Code.IP_NOT_AUTHORIZED} | {
    Code.TLS_REQUIRED
}
"""Final even where the server says 4xx: waiting changes no password and no security setting."""

TEMPORARY_WITHOUT_CODE = frozenset(
    {Code.SERVER_UNAVAILABLE, Code.CONNECTION_REFUSED, Code.RECIPIENT_MAILBOX_FULL, Code.TOO_MANY_RECIPIENTS}
)
"""For POP3, IMAP and whatever else has no classes of codes."""

CANNOT_BE = frozenset({Cause.TOO_LARGE, Cause.ADDRESS_NOT_ASCII})
"""Found out before anything was sent: the same would be found out again."""

_SAYS_LATER = phrase(
    Code.SERVER_UNAVAILABLE,
    "temporar|try again later|try later|again later|retry later|plus tard|spater|mas tarde|piu tardi|позже"
    "|временно|稍后",
)
_SAYS_NEVER = phrase(
    Code.POLICY_OTHER,
    "permanent|do not retry|dont retry|do not try again|not be retried|never be accepted",
    unless="not permanent|non permanent|no permanent",
)


def is_temporary(failure: Failure, code: Code) -> bool:
    """True: the same message may go through later. False: something has to be changed first.

    Without a reply it was the network, which is always worth another try.
    """
    if failure.cause in CANNOT_BE:
        return False
    if failure.reply is None:
        return True
    return is_temporary_reply(failure.reply, code)


def is_temporary_reply(reply: ServerReply, code: Code) -> bool:
    if code in PASSES_BY_ITSELF:
        return True
    if code in NEEDS_A_CHANGE:
        return False
    words, class_ = fold(reply.text), reply_class(reply)
    if _SAYS_LATER.found_in(words, Stage.DATA, class_):
        return True
    if _SAYS_NEVER.found_in(words, Stage.DATA, class_):
        return False
    return class_ == 4 or (class_ == 0 and code in TEMPORARY_WITHOUT_CODE)


def is_about_sign_in(code: Code) -> bool:
    """The account's trouble, not the message's: the account is paused and its messages wait."""
    return code in ABOUT_SIGN_IN


def is_about_sender(code: Code) -> bool:
    """The server will not carry mail from this address for this account."""
    return code in ABOUT_SENDER


def refuses_sender(failure: Failure, diagnosis: Diagnosis) -> bool:
    """Whether a failed step of an account test rules the From address out.

    At MAIL FROM every lasting refusal does. At RCPT, where many servers give their verdict on the sender
    late, one does only when it is about the sender.
    """
    if failure.reply is None or is_temporary(failure, diagnosis.code):
        return False
    return failure.stage is Stage.SENDER or is_about_sender(diagnosis.code)
