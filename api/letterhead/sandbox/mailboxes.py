"""Mailboxes in memory, bounded, and gone when the sandbox ends."""

import secrets
from dataclasses import dataclass

SANDBOX_DOMAIN = "sandbox.letterhead.example"
SANDBOX_PASSWORD = "open sesame"
MESSAGES_PER_MAILBOX = 200
BYTES_PER_MESSAGE = 1_000_000
BYTES_IN_ALL = 50_000_000


@dataclass(frozen=True, kw_only=True)
class Stored:
    """``uid``: RFC 1939's unique-id. ``content``: as it is sent by POP3, lines ended by CRLF."""

    uid: str
    mailbox: str
    content: bytes


class Mailboxes:
    """Every address of the sandbox's domain has one. What does not fit pushes the oldest out."""

    def __init__(self) -> None:
        self._messages: dict[str, Stored] = {}
        self._bytes = 0
        self._count = 0
        self._run = secrets.token_hex(4)

    def deliver(self, mailbox: str, content: bytes) -> None:
        self._count += 1
        stored = Stored(uid=f"{self._run}-{self._count}", mailbox=mailbox, content=content)
        self._messages[stored.uid] = stored
        self._bytes += len(content)
        for surplus in self.messages(mailbox)[:-MESSAGES_PER_MAILBOX]:
            self.delete(surplus.uid)
        while self._bytes > BYTES_IN_ALL:
            self.delete(next(iter(self._messages)))

    def messages(self, mailbox: str) -> list[Stored]:
        """Oldest first."""
        return [stored for stored in self._messages.values() if stored.mailbox == mailbox]

    def delete(self, uid: str) -> None:
        """Does nothing where it is gone already."""
        if stored := self._messages.pop(uid, None):
            self._bytes -= len(stored.content)


def mailbox_of(address: str) -> str | None:
    """The mailbox an address of the sandbox's domain belongs to, its plus-addresses included."""
    local, _, domain = address.lower().rpartition("@")
    name = local.partition("+")[0]
    return f"{name}@{SANDBOX_DOMAIN}" if domain == SANDBOX_DOMAIN and name else None


def signs_in(login: bytes, password: bytes) -> str | None:
    """The mailbox that a login opens; None where login or password are wrong."""
    address = login.decode(errors="replace").lower()
    correct = secrets.compare_digest(password, SANDBOX_PASSWORD.encode())
    return address if correct and address == mailbox_of(address) else None
