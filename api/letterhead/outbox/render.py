"""A message as the bytes that are sent: 7-bit, because what the next hop can do is unknown."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import uuid4

from letterhead.outbox.headers import Mailbox, address_field, text_field

POLICY = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What a reader gets to see; so there are no blind copies in it. At least one body is given.

    ``message_id``, ``in_reply_to``: with their angle brackets. ``headers``: further fields, already checked.
    """

    sender: Mailbox
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    reply_to: str | None = None
    subject: str
    text: str | None = None
    html: str | None = None
    message_id: str
    in_reply_to: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def new_message_id(from_address: str) -> str:
    """Made once for a message, so that all its copies and attempts are known as one."""
    return f"<{uuid4()}@{from_address.rpartition('@')[2]}>"


def render(mail: Mail) -> bytes:
    """Everything but the Date. Lines end in CRLF and have at most 998 octets (RFC 5322 section 2.1.1).

    Raises ValueError for a header with control characters.
    """
    fields = [address_field("From", [mail.sender]), address_field("To", mail.to)]
    if mail.cc:
        fields.append(address_field("Cc", mail.cc))
    if mail.reply_to:
        fields.append(address_field("Reply-To", [Mailbox(address=mail.reply_to)]))
    fields += [text_field("Subject", mail.subject), text_field("Message-ID", mail.message_id)]
    if mail.in_reply_to:
        fields += [text_field("In-Reply-To", mail.in_reply_to), text_field("References", mail.in_reply_to)]
    fields += [text_field(name, value) for name, value in mail.headers]
    return b"".join(fields) + _body(mail).as_bytes()


def with_date(content: bytes, at: datetime) -> bytes:
    """``content`` with the Date of its first attempt."""
    return f"Date: {format_datetime(at.astimezone(UTC))}\r\n".encode("ascii") + content


def _body(mail: Mail) -> EmailMessage:
    body = EmailMessage(policy=POLICY)
    if mail.text is None:
        body.set_content(mail.html or "", subtype="html")
        return body
    body.set_content(mail.text)
    if mail.html is not None:
        body.add_alternative(mail.html, subtype="html")
    return body
