"""The message that a mailbox sends to itself, and how it is known again when it arrives."""

import email
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses

from letterhead.wire.clean import clean

TEXT = """\
This message was sent by Letterhead, from this mailbox to itself, to see that it arrives and from which
address. It is deleted as soon as it has been seen. Whenever you find it, you can delete it too.
"""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """``token``: in its subject and its Message-ID, since services give messages ids of their own."""

    sender: str
    to: str
    token: str
    subject: str
    content: bytes


def compose(sender: str, to: str, *, hostname: str, at: datetime) -> Letter:
    token = secrets.token_hex(16)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject = f"Letterhead test {token}"
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{token}@{hostname}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody is to answer it
    message.set_content(TEXT)
    return Letter(sender=sender, to=to, token=token, subject=subject, content=message.as_bytes())


def is_of(letter: Letter, head: bytes) -> bool:
    """``head``: the header of any message at all."""
    fields = email.message_from_bytes(head)  # the policy that leaves what is malformed as it is
    names = (str(value) for name in ("Subject", "Message-ID") for value in fields.get_all(name, []))
    return any(letter.token in name for name in names)


def author_of(head: bytes) -> str:
    """The From address; empty where there is none, or more than one."""
    fields = email.message_from_bytes(head)
    try:
        authors = getaddresses([str(value) for value in fields.get_all("From", [])])
    except RecursionError:  # comments within comments
        return ""
    return clean(authors[0][1], 320) if len(authors) == 1 else ""


def is_same_address(one: str, other: str) -> bool:
    return one.lower() == other.lower()
