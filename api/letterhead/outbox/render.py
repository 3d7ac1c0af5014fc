"""A message as the bytes that are sent: 7-bit, because what the next hop can do is unknown.

What belongs to the sender stands first: From, the address's usual Reply-To, Message-ID. All that follows,
from To on, is the letter, and stays as it is when the message has to leave from another address.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import uuid4

from letterhead.outbox.headers import Mailbox, address_field, text_field
from letterhead.outbox.mime import File, file_entity, multipart, text_entity

LETTER_BEGINS = b"\r\nTo: "


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """The sender's part. ``reply_to``: where answers go unless the letter says so itself.
    ``message_id``: with its angle brackets."""

    sender: Mailbox
    reply_to: str | None = None
    message_id: str


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What a reader gets to see; so there are no blind copies in it. At least one body is given.

    ``in_reply_to``: with its angle brackets. ``references``: the thread before it, oldest first.
    ``headers``: further fields, already checked.
    """

    head: Letterhead
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    reply_to: str | None = None
    subject: str
    text: str | None = None
    html: str | None = None
    files: tuple[File, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def new_message_id(from_address: str) -> str:
    """Made once for a message, so that all its copies and attempts are known as one."""
    return f"<{uuid4()}@{from_address.rpartition('@')[2]}>"


def render(mail: Mail) -> bytes:
    """Everything but the Date. Lines end in CRLF and have at most 998 octets (RFC 5322 section 2.1.1).

    Raises ValueError for a header with control characters.
    """
    fields = [_head(mail.head, says_reply_to=mail.reply_to is not None), address_field("To", mail.to)]
    if mail.cc:
        fields.append(address_field("Cc", mail.cc))
    if mail.reply_to:
        fields.append(address_field("Reply-To", [Mailbox(address=mail.reply_to)]))
    fields.append(text_field("Subject", mail.subject))
    if mail.in_reply_to:
        fields.append(text_field("In-Reply-To", mail.in_reply_to))
    if thread := _thread(mail):
        fields.append(text_field("References", " ".join(thread)))
    fields += [text_field(name, value) for name, value in mail.headers]
    return b"".join([*fields, b"MIME-Version: 1.0\r\n", _body(mail)])


def with_head(content: bytes, head: Letterhead) -> bytes:
    """The same letter from another sender. Raises ValueError for what is no rendered message."""
    letter = content[content.index(LETTER_BEGINS) + 2 :]
    says_reply_to = b"\r\nReply-To: " in letter.partition(b"\r\n\r\n")[0]
    return _head(head, says_reply_to=says_reply_to) + letter


def with_date(content: bytes, at: datetime) -> bytes:
    """``content`` with the Date of its first attempt."""
    return f"Date: {format_datetime(at.astimezone(UTC))}\r\n".encode("ascii") + content


def _head(head: Letterhead, *, says_reply_to: bool) -> bytes:
    fields = [address_field("From", [head.sender])]
    if head.reply_to and not says_reply_to:
        fields.append(address_field("Reply-To", [Mailbox(address=head.reply_to)]))
    return b"".join([*fields, text_field("Message-ID", head.message_id)])


def _thread(mail: Mail) -> tuple[str, ...]:
    """RFC 5322 section 3.6.4: the parent's thread, then the parent."""
    parent = (mail.in_reply_to,) if mail.in_reply_to else ()
    return (*(one for one in mail.references if one not in parent), *parent)


def _body(mail: Mail) -> bytes:
    shown = [file_entity(file) for file in mail.files if file.content_id is not None]
    attached = [file_entity(file) for file in mail.files if file.content_id is None]
    bodies = [] if mail.text is None else [text_entity("plain", mail.text)]
    if mail.html is not None:
        html = text_entity("html", mail.html)
        bodies.append(multipart("related", html, *shown, parameters=';\r\n type="text/html"'))
    return multipart("mixed", multipart("alternative", *bodies), *attached)
