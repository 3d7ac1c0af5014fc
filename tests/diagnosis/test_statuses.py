"""IANA's registry "SMTP Enhanced Status Codes", row by row."""

import pytest

from letterhead.diagnosis.statuses import REGISTERED, registered
from letterhead_providers import DiagnosisCode as Code
from letterhead_providers import Stage

REGISTRY = {
    "X.1.0 Other address status": None,
    "X.1.1 Bad destination mailbox address": Code.RECIPIENT_UNKNOWN,
    "X.1.2 Bad destination system address": Code.DNS_FAILURE,
    "X.1.3 Bad destination mailbox address syntax": Code.RECIPIENT_UNKNOWN,
    "X.1.4 Destination mailbox address ambiguous": Code.RECIPIENT_UNKNOWN,
    "X.1.5 Destination address valid": None,
    "X.1.6 Destination mailbox has moved": Code.RECIPIENT_DISABLED,
    "X.1.7 Bad sender's mailbox address syntax": Code.SENDER_NOT_OWNED,
    "X.1.8 Bad sender's system address": Code.DNS_FAILURE,
    "X.1.9 Message relayed to non-compliant mailer": None,
    "X.1.10 Recipient address has null MX": Code.DNS_FAILURE,
    "X.2.0 Other mailbox status": None,
    "X.2.1 Mailbox disabled": Code.RECIPIENT_DISABLED,
    "X.2.2 Mailbox full": Code.RECIPIENT_MAILBOX_FULL,
    "X.2.3 Message length exceeds administrative limit": Code.MESSAGE_TOO_LARGE,
    "X.2.4 Mailing list expansion problem": Code.POLICY_OTHER,
    "X.3.0 Other mail system status": Code.SERVER_UNAVAILABLE,
    "X.3.1 Mail system full": Code.SERVER_UNAVAILABLE,
    "X.3.2 System not accepting network messages": Code.SERVER_UNAVAILABLE,
    "X.3.3 System not capable of selected features": Code.PROTOCOL_ERROR,
    "X.3.4 Message too big for system": Code.MESSAGE_TOO_LARGE,
    "X.3.5 System incorrectly configured": Code.SERVER_UNAVAILABLE,
    "X.3.6 Requested priority was changed": None,
    "X.4.0 Other network or routing status": Code.SERVER_UNAVAILABLE,
    "X.4.1 No answer from host": Code.SERVER_UNAVAILABLE,
    "X.4.2 Bad connection": Code.SERVER_UNAVAILABLE,
    "X.4.3 Directory server failure": Code.DNS_FAILURE,
    "X.4.4 Unable to route": Code.DNS_FAILURE,
    "X.4.5 Mail system congestion": Code.SERVER_UNAVAILABLE,
    "X.4.6 Routing loop detected": Code.DNS_FAILURE,
    "X.4.7 Delivery time expired": Code.TIMEOUT,
    "X.5.0 Other protocol status": None,
    "X.5.1 Invalid command": Code.PROTOCOL_ERROR,
    "X.5.2 Syntax error": Code.PROTOCOL_ERROR,
    "X.5.3 Too many recipients": Code.TOO_MANY_RECIPIENTS,
    "X.5.4 Invalid command arguments": Code.PROTOCOL_ERROR,
    "X.5.5 Wrong protocol version": Code.PROTOCOL_ERROR,
    "X.5.6 Authentication exchange line is too long": Code.PROTOCOL_ERROR,
    "X.6.0 Other media error": Code.CONTENT_BLOCKED,
    "X.6.1 Media not supported": Code.CONTENT_BLOCKED,
    "X.6.2 Conversion required and prohibited": Code.CONTENT_BLOCKED,
    "X.6.3 Conversion required but not supported": Code.CONTENT_BLOCKED,
    "X.6.4 Conversion with loss performed": Code.CONTENT_BLOCKED,
    "X.6.5 Conversion failed": Code.CONTENT_BLOCKED,
    "X.6.6 Message content not available": Code.CONTENT_BLOCKED,
    "X.6.7 Non-ASCII addresses not permitted": Code.PROTOCOL_ERROR,
    "X.6.8 UTF-8 string reply is required, but not permitted": Code.PROTOCOL_ERROR,
    "X.6.9 UTF-8 header message cannot be transferred": Code.PROTOCOL_ERROR,
    "X.6.10 A duplicate of X.6.8": Code.PROTOCOL_ERROR,
    "X.7.0 Other security status": None,
    "X.7.1 Delivery not authorized, message refused": None,
    "X.7.2 Mailing list expansion prohibited": Code.POLICY_OTHER,
    "X.7.3 Security conversion required but not possible": Code.POLICY_OTHER,
    "X.7.4 Security features not supported": Code.PROTOCOL_ERROR,
    "X.7.5 Cryptographic failure": Code.POLICY_OTHER,
    "X.7.6 Cryptographic algorithm not supported": Code.POLICY_OTHER,
    "X.7.7 Message integrity failure": Code.CONTENT_BLOCKED,
    "X.7.8 Authentication credentials invalid": Code.WRONG_PASSWORD,
    "X.7.9 Authentication mechanism is too weak": Code.BASIC_AUTH_DISABLED,
    "X.7.10 Encryption needed": Code.TLS_REQUIRED,
    "X.7.11 Encryption required for requested mechanism": Code.TLS_REQUIRED,
    "X.7.12 A password transition is needed": Code.WEB_LOGIN_REQUIRED,
    "X.7.13 User account disabled": Code.ACCOUNT_LOCKED,
    "X.7.14 Trust relationship required": Code.POLICY_OTHER,
    "X.7.15 Priority level is too low": Code.POLICY_OTHER,
    "X.7.16 Message is too big for the specified priority": Code.MESSAGE_TOO_LARGE,
    "X.7.17 Mailbox owner has changed": Code.RECIPIENT_DISABLED,
    "X.7.18 Domain owner has changed": Code.RECIPIENT_DISABLED,
    "X.7.19 RRVS test cannot be completed": Code.POLICY_OTHER,
    "X.7.20 No passing DKIM signature found": Code.SPF_FAIL,
    "X.7.21 No acceptable DKIM signature found": Code.SPF_FAIL,
    "X.7.22 No valid author-matched DKIM signature found": Code.SPF_FAIL,
    "X.7.23 SPF validation failed": Code.SPF_FAIL,
    "X.7.24 SPF validation error": Code.SPF_FAIL,
    "X.7.25 Reverse DNS validation failed": Code.DNS_FAILURE,
    "X.7.26 Multiple authentication checks failed": Code.SPF_FAIL,
    "X.7.27 Sender address has null MX": Code.DNS_FAILURE,
    "X.7.28 Mail flood detected": Code.RATE_LIMITED,
    "X.7.29 ARC validation failure": Code.SPF_FAIL,
    "X.7.30 REQUIRETLS support required": Code.TLS_REQUIRED,
}


@pytest.mark.parametrize(("row", "code"), REGISTRY.items(), ids=lambda value: str(value)[:30])
def test_a_registered_status_says_what_the_registry_says(row: str, code: Code | None) -> None:
    status = row.split(maxsplit=1)[0].removeprefix("X.")

    assert REGISTERED.get(status) is code


def test_nothing_else_is_taken_for_registered() -> None:
    assert set(REGISTERED) <= {row.split()[0].removeprefix("X.") for row in REGISTRY}


@pytest.mark.parametrize(
    ("status", "stage", "code"),
    [
        ("5.2.1", Stage.SIGN_IN, Code.ACCOUNT_LOCKED),
        ("5.2.1", Stage.RECIPIENT, Code.RECIPIENT_DISABLED),
        ("4.2.1", Stage.RECIPIENT, None),
        ("5.7.1", Stage.DATA, None),
        ("5.7.1", Stage.SIGN_IN, Code.WRONG_PASSWORD),
        ("2.1.5", Stage.RECIPIENT, None),
    ],
)
def test_the_place_and_the_class_are_considered(status: str, stage: Stage, code: Code | None) -> None:
    assert registered((status,), stage) == (code and (code, status))
