"""Bounces as tests write them."""

from collections.abc import Iterable

FAILED = """\
Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}
"""


def delivery_report(
    *groups: str,
    message_id: str | None = "<m-1@example.com>",
    envelope_id: str | None = None,
    kind: str = "message/delivery-status",
) -> bytes:
    """RFC 3464, of the message with this Message-ID."""
    original = f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else ""
    returned = (
        f"From: anna@example.com\nMessage-ID: {message_id}\n" if message_id else "From: anna@example.com\n"
    )
    fields = "\n".join((f"Reporting-MTA: dns; mx.example.org\n{original}", *groups))
    return in_parts(
        [
            ("text/plain", "Your message could not be delivered.\n"),
            (kind, fields),
            ("text/rfc822-headers", returned),
        ]
    )


def in_parts(parts: Iterable[tuple[str, str]], report_type: str = "delivery-status") -> bytes:
    body = "".join(f"--b\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nTo: anna@example.com\nSubject: Undelivered\n"
        f"Content-Type: multipart/report; report-type={report_type}; boundary=b\n\n{body}--b--\n"
    ).encode()


def group(
    address: str, *, action: str = "failed", status: str = "5.1.1", said: str = "550 5.1.1 No such user"
) -> str:
    return FAILED.format(address=address, action=action, status=status, said=said)


def in_words(text: str, *, sender: str = "MAILER-DAEMON@mx.example.org", fields: str = "") -> bytes:
    head = f"Return-Path: <>\nFrom: {sender}\nTo: anna@example.com\nSubject: Delivery failed\n{fields}"
    return f"{head}\n{text}".encode()
