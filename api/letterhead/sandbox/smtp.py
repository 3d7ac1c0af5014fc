"""The sandbox's submission server: aiosmtpd, with the rules of a strict mail service."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, Final, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from letterhead.sandbox.bounce import bounce
from letterhead.sandbox.mailboxes import (
    BYTES_PER_MESSAGE,
    SANDBOX_DOMAIN,
    Mailboxes,
    mailbox_of,
    signs_in,
)

IDENTITY: Final = "ESMTP Letterhead sandbox"
RECIPIENTS_PER_MESSAGE: Final = 100

REFUSED_RECIPIENTS = MappingProxyType(
    {
        "nobody": "550 5.1.1 Recipient address rejected: there is no such mailbox",
        "disabled": "550 5.2.1 The mailbox is disabled",
        "full": "452 4.2.2 The mailbox is over quota",
        "busy": "451 4.7.1 Greylisted, try again later",
        "slow-down": "450 4.2.1 The mailbox receives mail too quickly, try again later",
    }
)
"""What the sandbox says of recipients by these names, for trying out errors."""

REFUSED_MESSAGES = MappingProxyType(
    {
        "spam": "554 5.7.1 The message was rejected as spam",
        "blocked": "552 5.7.0 The message was blocked because of its content",
    }
)
"""What it says of a message to one of these, after it has seen it."""

BOUNCES: Final = "gone-soon"
"""Mail to this name is taken, and comes back."""


class Server(SMTP):
    """Tells ``connections`` of itself for as long as it lives, so that all can be ended together."""

    def __init__(self, *args: Any, connections: set["Server"], **options: Any) -> None:
        super().__init__(*args, **options)
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)

    async def end(self) -> None:
        """Ends the connection at once."""
        if self.transport is not None:
            cast("asyncio.WriteTransport", self.transport).abort()  # uvloop's is one by shape only
        if self._handler_coroutine:
            self._handler_coroutine.cancel()
            await asyncio.wait([self._handler_coroutine])


class Rules:
    """aiosmtpd's handler. Methods named ``handle_`` answer with a whole reply."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mailboxes = mailboxes

    async def handle_MAIL(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if mailbox_of(address) != session.auth_data:
            return "553 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        mailbox = mailbox_of(address)
        if mailbox is None:
            return "554 5.7.1 Relay access denied: the sandbox only delivers to itself"
        if refusal := REFUSED_RECIPIENTS.get(_name(mailbox)):
            return refusal
        if len(envelope.rcpt_tos) >= RECIPIENTS_PER_MESSAGE:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        login = cast("str", session.auth_data)  # what _authenticate put there
        mailboxes = dict.fromkeys(mailbox for to in envelope.rcpt_tos if (mailbox := mailbox_of(to)))
        for mailbox in mailboxes:
            if refusal := REFUSED_MESSAGES.get(_name(mailbox)):
                return refusal
        assert envelope.mail_from is not None
        assert isinstance(envelope.content, bytes)
        for mailbox in mailboxes:
            if _name(mailbox) == BOUNCES:
                returned = bounce(envelope.content, to=envelope.mail_from, undelivered=mailbox)
                self._mailboxes.deliver(login, returned)
            else:
                self._mailboxes.deliver(mailbox, _trace(envelope.mail_from, mailbox) + envelope.content)
        return "250 2.0.0 Ok: delivered"


def server_factory(
    mailboxes: Mailboxes, *, context: ssl.SSLContext, connections: set[Server]
) -> Callable[[], Server]:
    """What ``loop.create_server`` makes a connection's protocol with."""
    rules = Rules(mailboxes)
    return lambda: Server(
        rules,
        connections=connections,
        hostname=SANDBOX_DOMAIN,
        ident=IDENTITY,
        data_size_limit=BYTES_PER_MESSAGE,
        tls_context=context,
        auth_required=True,
        auth_require_tls=True,
        authenticator=_authenticate,
        loop=asyncio.get_running_loop(),
    )


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, login: LoginPassword
) -> AuthResult:
    mailbox = signs_in(login.login, login.password)
    if mailbox is None:
        return AuthResult(
            success=False, handled=False, message="535 5.7.8 Authentication credentials invalid"
        )
    return AuthResult(success=True, auth_data=mailbox)


def _name(mailbox: str) -> str:
    return mailbox.partition("@")[0]


def _trace(sender: str, mailbox: str) -> bytes:
    """The lines a server adds at delivery (RFC 5321 section 4.4)."""
    now = format_datetime(datetime.now(UTC))
    lines = (
        f"Return-Path: <{sender}>",
        f"Delivered-To: {mailbox}",
        f"Received: by {SANDBOX_DOMAIN} (Letterhead sandbox) with ESMTPSA; {now}",
    )
    return "".join(f"{line}\r\n" for line in lines).encode()
