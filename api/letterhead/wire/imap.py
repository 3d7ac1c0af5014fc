"""One account's conversation with its IMAP server (RFC 3501, 9051, 4959, 4315)."""

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import TypeVar

from letterhead.vault.secret import Secret
from letterhead.wire import sasl
from letterhead.wire.credentials import may_be_sent, token_may_be_sent
from letterhead.wire.dial import Dialler
from letterhead.wire.imap_inbox import Inbox
from letterhead.wire.imap_line import ImapLine
from letterhead.wire.imap_response import Response, capabilities_in, login_lines
from letterhead.wire.mailbox import MailboxStatus
from letterhead.wire.opening import Opening, certificate_ends, in_order, tls_evidence
from letterhead.wire.server import MailServer
from letterhead.wire.trouble import Cause, MalformedError, WireError
from letterhead_providers import Protocol, Security, Stage

T = TypeVar("T")
_MOST_CAPABILITIES = 200
_LONGEST_COMMAND = 8192
"""Octets of a command that every server takes (RFC 7162 section 4)."""
_MOST_UIDS = 10_000


class ImapConversation:
    """Raises WireError of the stage it is in. Reads and deletes in INBOX alone.

    Keeps no deadline: callers use ``asyncio.timeout``. After any error but a refusal, and after a
    cancellation, the connection is closed.
    """

    def __init__(
        self, server: MailServer, dialler: Dialler, *, allow_cleartext_sign_in: bool = False
    ) -> None:
        self.greeting = ""
        self.capabilities: tuple[str, ...] = ()
        self._server = server
        self._allow_cleartext = allow_cleartext_sign_in
        self._line = ImapLine(server, dialler)
        self._inbox = Inbox(self._line)

    @property
    def encrypted(self) -> bool:
        return self._line.encrypted

    @property
    def certificate_ends(self) -> datetime | None:
        """None where the connection is not encrypted."""
        return certificate_ends(self._line.transport)

    @property
    def is_open(self) -> bool:
        return self._line.is_open

    @property
    def transcript(self) -> list[str]:
        """``C:`` and ``S:`` lines, at most 200, without secrets and without messages."""
        return self._line.tape.lines

    @property
    def uidvalidity(self) -> int | None:
        """UIDs mean what they did as long as it stays. None until the mailbox was asked for."""
        return self._inbox.uidvalidity

    @property
    def uid_next(self) -> int | None:
        """The lowest UID that the next message can have, as of the last ``status`` or ``uids``."""
        return self._inbox.uid_next

    def opening(self) -> Opening:
        """The steps to run, in this order; each returns its evidence."""
        return in_order(
            self._server.security,
            self._line.approach,
            greeting=self._greet,
            tls=self._start_tls,
            capabilities=self._ask_capabilities,
        )

    async def open(self) -> None:
        for _, step in self.opening():
            await step()

    async def _greet(self) -> str:
        if self._server.security is not Security.TLS:
            await self._line.guard(Stage.GREETING, self._line.start(tls=False))
        self.greeting = await self._line.guard(Stage.GREETING, self._line.greeting())
        return self.greeting

    async def _start_tls(self) -> str:
        line = self._line
        if self._server.security is Security.TLS:
            await line.guard(Stage.TLS, line.start(tls=True))
        else:
            await line.guard(Stage.TLS, self._upgrade())
        return tls_evidence(line.transport)

    async def _upgrade(self) -> None:
        if "STARTTLS" not in await self._capability(Stage.TLS):
            raise WireError(Protocol.IMAP, Stage.TLS, Cause.TLS_NOT_OFFERED)
        await self._line.command(Stage.TLS, "STARTTLS")
        await self._line.upgrade()

    async def _ask_capabilities(self) -> str:
        self.capabilities = await self._line.guard(Stage.CAPABILITIES, self._capability(Stage.CAPABILITIES))
        return ", ".join(self.capabilities) or "No extensions"

    async def _capability(self, stage: Stage) -> tuple[str, ...]:
        """Told in this very answer, and so never before encryption (RFC 3501 section 6.2.1)."""
        told = list[str]()
        await self._line.command(stage, "CAPABILITY", lambda response: self._note(response, told))
        return tuple(told)

    def _note(self, response: Response, told: list[str]) -> None:
        names = capabilities_in(response)
        if names is not None:
            told[:] = [self._line.tape.clean(name, 100) for name in names[:_MOST_CAPABILITIES]]

    async def sign_in(self, username: str, secret: Secret) -> str:
        """One attempt: AUTHENTICATE PLAIN where it is offered, or LOGIN.

        ValueError for a login or secret that cannot be sent at all.
        """
        self._must_be_open()
        may_be_sent(
            self._server, username, secret, encrypted=self.encrypted, allow_cleartext=self._allow_cleartext
        )
        offered = self._mechanisms()
        if "PLAIN" in offered:
            return await self._present(sasl.plain(username, secret), username, secret)
        if self._can("LOGINDISABLED"):
            raise sasl.no_mechanism(self._server, offered, self._line.tape)
        with self._line.tape.signing_in(username, secret):
            await self._line.guard(Stage.SIGN_IN, self._log_in(username, secret))
        return "Signed in with LOGIN"

    async def sign_in_with_token(
        self, username: str, token: Secret, mechanisms: Sequence[str] = sasl.TOKEN_MECHANISMS
    ) -> str:
        """One attempt with the first of ``mechanisms`` that the server offers, and never unencrypted.

        A refusal's ``detail`` holds the server's reasons. ValueError for what cannot be sent at all.
        """
        self._must_be_open()
        token_may_be_sent(self._server, username, token, encrypted=self.encrypted)
        offered = self._mechanisms()
        claim = sasl.for_token(self._server, username, token, mechanisms=mechanisms, offered=offered)
        if claim is None:
            raise sasl.no_mechanism(self._server, offered, self._line.tape)
        return await self._present(claim, username, token)

    async def _present(self, claim: sasl.Claim, username: str, secret: Secret) -> str:
        line = self._line
        longest = _LONGEST_COMMAND if self._can("SASL-IR") else 0
        with line.tape.signing_in(username, secret):
            attempt = sasl.present(claim, self._say, line.tape, command="AUTHENTICATE", longest=longest)
            await line.guard(Stage.SIGN_IN, attempt)
        return f"Signed in with {claim.mechanism}"

    async def _log_in(self, username: str, secret: Secret) -> None:
        *beginning, last = login_lines(username, secret.reveal())
        for line in beginning:
            if await self._say(line) is None:
                raise MalformedError
        if await self._say(last) is not None:
            raise MalformedError

    async def _say(self, text: str) -> str | None:
        told = list[str]()
        work = self._line.say(Stage.SIGN_IN, text, lambda response: self._note(response, told))
        challenge = await self._line.guard(Stage.SIGN_IN, work)
        if challenge is None:  # signed in, and able to do other things than before
            self.capabilities = tuple(told)
        return challenge

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise WireError(Protocol.IMAP, Stage.SIGN_IN, Cause.DISCONNECTED)

    def _mechanisms(self) -> list[str]:
        names = (name.upper() for name in self.capabilities)
        return [name.removeprefix("AUTH=") for name in names if name.startswith("AUTH=")]

    def _can(self, name: str) -> bool:
        return name in (told.upper() for told in self.capabilities)

    async def status(self) -> MailboxStatus:
        return MailboxStatus(messages=await self._guarded(self._inbox.examine()))

    async def uids(self, since: int = 0, *, most: int = _MOST_UIDS) -> tuple[int, ...]:
        """The lowest UIDs above ``since``, in order. For new messages only, begin with ``uid_next - 1``.

        WireError with MALFORMED where there are more than 100,000.
        """
        return await self._guarded(self._inbox.uids(since, most))

    async def fetch(self, uid: int, octets: int) -> bytes:
        """At most the first ``octets`` of a message, left unread; nothing if there is no such message."""
        return await self._guarded(self._inbox.fetch(uid, octets))

    async def head(self, uid: int, octets: int) -> bytes:
        """As ``fetch``, of the header alone."""
        return await self._guarded(self._inbox.fetch(uid, octets, section="HEADER"))

    async def delete(self, uid: int) -> bool:
        """Whether it is gone: where the server cannot expunge one message alone, it is only marked.

        WireError with MALFORMED, before anything is marked, where UIDs no longer mean what they did.
        """
        await self._guarded(self._inbox.mark_deleted(uid))
        if not self.capabilities:
            await self._ask_capabilities()
        if not self._can("UIDPLUS"):
            return False
        await self._guarded(self._inbox.expunge(uid))
        return True

    async def quit(self) -> None:
        """Take leave politely, for a second at most, and close."""
        with contextlib.suppress(WireError, TimeoutError):
            async with asyncio.timeout(1):
                await self._guarded(self._line.command(Stage.MAILBOX, "LOGOUT"))
        self.abort()

    def abort(self) -> None:
        self._line.abort()

    async def _guarded(self, work: Awaitable[T]) -> T:
        return await self._line.guard(Stage.MAILBOX, work)
