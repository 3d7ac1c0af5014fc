"""What an account's conversations have in common, whatever protocol they are held in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol as Shape

from letterhead.vault.secret import Secret
from letterhead.wire.dial import Dialler
from letterhead.wire.imap import ImapConversation
from letterhead.wire.mailbox import MailboxStatus
from letterhead.wire.opening import Opening
from letterhead.wire.pop3 import Pop3Conversation
from letterhead.wire.sasl import TOKEN_MECHANISMS
from letterhead.wire.server import MailServer
from letterhead_providers import Protocol


class Conversation(Shape):
    """An SmtpConversation, a Pop3Conversation or an ImapConversation."""

    greeting: str
    capabilities: tuple[str, ...]

    @property
    def encrypted(self) -> bool: ...

    @property
    def certificate_ends(self) -> datetime | None: ...

    @property
    def is_open(self) -> bool: ...

    @property
    def transcript(self) -> list[str]: ...

    def opening(self) -> Opening: ...

    async def open(self) -> None: ...

    async def sign_in(self, username: str, secret: Secret) -> str: ...

    async def sign_in_with_token(
        self, username: str, token: Secret, mechanisms: Sequence[str] = TOKEN_MECHANISMS
    ) -> str: ...

    async def quit(self) -> None: ...

    def abort(self) -> None: ...


class IncomingConversation(Conversation, Shape):
    async def status(self) -> MailboxStatus: ...


def incoming_conversation(
    server: MailServer, dialler: Dialler, *, allow_cleartext_sign_in: bool = False
) -> Pop3Conversation | ImapConversation:
    """By the server's protocol. ValueError for one that reads no mailbox."""
    match server.protocol:
        case Protocol.POP3:
            return Pop3Conversation(server, dialler, allow_cleartext_sign_in=allow_cleartext_sign_in)
        case Protocol.IMAP:
            return ImapConversation(server, dialler, allow_cleartext_sign_in=allow_cleartext_sign_in)
        case Protocol.SMTP:
            raise ValueError("SMTP only sends; a mailbox is read by POP3 or IMAP.")
