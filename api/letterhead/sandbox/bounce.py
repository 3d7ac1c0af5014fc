"""The report that comes back for mail which was taken and then could not be delivered."""

import email.policy
from datetime import UTC, datetime
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, make_msgid

from letterhead.sandbox.mailboxes import SANDBOX_DOMAIN

WORDS = "550 5.1.1 The mailbox was there a moment ago and is gone"


def bounce(content: bytes, *, to: str, undelivered: str) -> bytes:
    """A delivery status notification (RFC 3464) that returns the header of ``content`` (RFC 6522)."""
    report = MIMEMultipart("report", report_type="delivery-status", policy=email.policy.SMTP)
    report["Return-Path"] = "<>"
    report["From"] = f"Mail Delivery System <mailer-daemon@{SANDBOX_DOMAIN}>"
    report["To"] = to
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = format_datetime(datetime.now(UTC))
    report["Message-ID"] = make_msgid(domain=SANDBOX_DOMAIN)
    report["Auto-Submitted"] = "auto-replied"
    report.attach(MIMEText(f"Your message could not be delivered to {undelivered}:\n\n    {WORDS}\n"))
    report.attach(_status(undelivered))
    report.attach(MIMEText(_header(content), "rfc822-headers"))
    return report.as_bytes()


def _status(undelivered: str) -> Message:
    of_message, of_recipient = Message(), Message()
    of_message["Reporting-MTA"] = f"dns; {SANDBOX_DOMAIN}"
    of_recipient["Final-Recipient"] = f"rfc822; {undelivered}"
    of_recipient["Action"] = "failed"
    of_recipient["Status"] = "5.1.1"
    of_recipient["Diagnostic-Code"] = f"smtp; {WORDS}"
    status = MIMEBase("message", "delivery-status")
    status.attach(of_message)
    status.attach(of_recipient)
    return status


def _header(content: bytes) -> str:
    return content.partition(b"\r\n\r\n")[0].decode("ascii", errors="replace").replace("\r\n", "\n") + "\n"
