"""How far an account's mail was read, as its row holds it between two looks."""

from dataclasses import asdict, dataclass
from typing import Any

from letterhead.wire.server import MailServer


@dataclass(frozen=True, kw_only=True)
class Mark:
    """``mailbox``: which one it is about; in another nothing is known yet.

    ``uidvalidity``, ``since``: IMAP's, and the highest UID that was looked at. ``failures``: looks in a row
    that failed. ``refused``: the version of the settings with which nobody was let in; they are not shown
    again. ``stuck``: the mail at which the last look broke off. ``problem``: why the last look failed.
    """

    mailbox: str
    begun: bool = False
    uidvalidity: int | None = None
    since: int = 0
    failures: int = 0
    refused: int | None = None
    stuck: str | None = None
    problem: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def name_of(server: MailServer) -> str:
    return f"{server.protocol} {server.host} {server.username or ''}"


def mark_from(stored: Any, server: MailServer) -> Mark:
    """A fresh one for a mailbox that was not looked into before."""
    if not isinstance(stored, dict) or stored.get("mailbox") != name_of(server):
        return Mark(mailbox=name_of(server))
    known = {name: stored[name] for name in Mark.__dataclass_fields__ if name in stored}
    return Mark(**known)
