"""One account's conversation with its POP3 server (RFC 1939, 2449, 2595, 5034)."""

import asyncio
import contextlib
import re
from collections.abc import Sequence
from datetime import datetime

from letterhead.vault.secret import Secret
from letterhead.wire import sasl
from letterhead.wire.credentials import may_be_sent, token_may_be_sent
from letterhead.wire.dial import Dialler
from letterhead.wire.mailbox import MailboxStatus
from letterhead.wire.opening import Opening, certificate_ends, in_order, tls_evidence
from letterhead.wire.pop3_line import Pop3Line
from letterhead.wire.server import MailServer
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Security, Stage

__all__ = ["MailboxStatus", "Pop3Conversation"]

_MOST_CAPABILITIES = 100
_MOST_LINES = 100_000
_MOST_OCTETS = 30_000_000
_LONGEST_AUTH = 255
"""Octets that AUTH may have with an initial response (RFC 5034 section 4)."""
_STATUS = re.compile(r"(\d{1,10}) (\d{1,18})(?: |$)", re.ASCII)
_UNIQUE_ID = re.compile(rb"(\d{1,10}) +([\x21-\x7e]{1,255}) *")


class Pop3Conversation:
    """Raises WireError of the stage it is in.

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
        self._line = Pop3Line(server, dialler)
        self._status_is_asked = False

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
        if "STLS" not in await self._capa(Stage.TLS):
            raise WireError(Protocol.POP3, Stage.TLS, Cause.TLS_NOT_OFFERED)
        await self._line.command(Stage.TLS, "STLS")
        await self._line.upgrade()

    async def _ask_capabilities(self) -> str:
        self.capabilities = await self._line.guard(Stage.CAPABILITIES, self._capa(Stage.CAPABILITIES))
        return ", ".join(self.capabilities) or "No extensions"

    async def _capa(self, stage: Stage) -> tuple[str, ...]:
        """Nothing where the server does not know the command."""
        try:
            await self._line.command(stage, "CAPA")
        except WireError:
            return ()
        lines = await self._line.lines(most=_MOST_CAPABILITIES, octets=_MOST_CAPABILITIES * 512)
        shown = tuple(self._line.tape.clean(line, 500) for line in lines)
        self._line.tape.received("\n".join(shown))
        return shown

    async def sign_in(self, username: str, secret: Secret) -> str:
        """One attempt: USER and PASS, or AUTH PLAIN where the server says it has nothing else.

        With PIPELINING (RFC 2449 section 6.6) in one round trip, the mailbox's status with it.
        ValueError for a login or secret that cannot be sent at all.
        """
        self._must_be_open()
        may_be_sent(
            self._server, username, secret, encrypted=self.encrypted, allow_cleartext=self._allow_cleartext
        )
        offered = self._offered()
        if "USER" in offered or "SASL" not in offered:
            if "PIPELINING" in offered:
                await self._line.guard(Stage.SIGN_IN, self._sign_in_at_once(username, secret))
            else:
                with self._line.tape.signing_in(username, secret):
                    await self._ask(Stage.SIGN_IN, f"USER {username}")
                    await self._ask(Stage.SIGN_IN, f"PASS {secret.reveal()}")
            return "Signed in with USER"
        if "PLAIN" in offered["SASL"]:
            return await self._present(sasl.plain(username, secret), username, secret)
        raise sasl.no_mechanism(self._server, offered["SASL"], self._line.tape)

    async def sign_in_with_token(
        self, username: str, token: Secret, mechanisms: Sequence[str] = sasl.TOKEN_MECHANISMS
    ) -> str:
        """One attempt with the first of ``mechanisms`` that the server offers, and never unencrypted.

        A refusal's ``detail`` holds the server's reasons. ValueError for what cannot be sent at all.
        """
        self._must_be_open()
        token_may_be_sent(self._server, username, token, encrypted=self.encrypted)
        offered = self._offered().get("SASL", [])
        claim = sasl.for_token(self._server, username, token, mechanisms=mechanisms, offered=offered)
        if claim is None:
            raise sasl.no_mechanism(self._server, offered, self._line.tape)
        return await self._present(claim, username, token)

    async def _present(self, claim: sasl.Claim, username: str, secret: Secret) -> str:
        line = self._line
        with line.tape.signing_in(username, secret):
            attempt = sasl.present(claim, self._say, line.tape, command="AUTH", longest=_LONGEST_AUTH)
            await line.guard(Stage.SIGN_IN, attempt)
        return f"Signed in with {claim.mechanism}"

    async def _say(self, text: str) -> str | None:
        return await self._line.guard(Stage.SIGN_IN, self._line.say(text))

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise WireError(Protocol.POP3, Stage.SIGN_IN, Cause.DISCONNECTED)

    def _offered(self) -> dict[str, list[str]]:
        return {words[0]: words[1:] for line in self.capabilities if (words := line.upper().split())}

    async def _sign_in_at_once(self, username: str, secret: Secret) -> None:
        """A refusal ends the connection, so that no answer still to come is taken for another."""
        with self._line.tape.signing_in(username, secret):
            self._line.write_line(f"USER {username}")
            self._line.write_line(f"PASS {secret.reveal()}")
        self._line.write_line("STAT")
        try:
            for _ in ("USER", "PASS"):
                await self._line.answer(Stage.SIGN_IN)
        except WireError:
            self.abort()
            raise
        self._status_is_asked = True

    async def status(self) -> MailboxStatus:
        answer = await (self._asked_status() if self._status_is_asked else self._ask(Stage.MAILBOX, "STAT"))
        found = _STATUS.match(answer)
        if not found:
            raise self._malformed()
        return MailboxStatus(messages=int(found[1]), octets=int(found[2]))

    async def uidl(self, *, most: int = _MOST_LINES, octets: int = _MOST_OCTETS) -> dict[int, str]:
        """Unique ids by message number."""
        found = [_UNIQUE_ID.fullmatch(line) for line in await self._many("UIDL", most, octets)]
        if not all(found):
            raise self._malformed()
        return {int(match[1]): match[2].decode("ascii") for match in found if match}

    async def top(
        self, number: int, lines: int, *, most: int = _MOST_LINES, octets: int = _MOST_OCTETS
    ) -> bytes:
        """The header and the first ``lines`` of the body, with CRLF."""
        return _joined(await self._many(f"TOP {number:d} {lines:d}", most, octets))

    async def peek(self, number: int, lines: int, *, keep: int, octets: int = _MOST_OCTETS) -> bytes:
        """As ``top``, but only the first ``keep`` octets of it; what else the server sends is thrown away."""
        await self._ask(Stage.MAILBOX, f"TOP {number:d} {lines:d}")
        return await self._line.guard(Stage.MAILBOX, self._line.first_of_lines(keep=keep, octets=octets))

    async def retr(self, number: int, *, most: int = _MOST_LINES, octets: int = _MOST_OCTETS) -> bytes:
        """The whole message, with CRLF."""
        return _joined(await self._many(f"RETR {number:d}", most, octets))

    async def dele(self, number: int) -> None:
        """Done for good only by ``quit`` (RFC 1939 section 6)."""
        await self._ask(Stage.MAILBOX, f"DELE {number:d}")

    async def quit(self) -> None:
        """Take leave politely, for a second at most, and close."""
        with contextlib.suppress(WireError, TimeoutError):
            async with asyncio.timeout(1):
                await self._ask(Stage.MAILBOX, "QUIT")
        self.abort()

    def abort(self) -> None:
        self._line.abort()

    async def _asked_status(self) -> str:
        self._status_is_asked = False
        return await self._line.guard(Stage.MAILBOX, self._line.answer(Stage.MAILBOX))

    async def _ask(self, stage: Stage, command: str) -> str:
        if self._status_is_asked:
            with contextlib.suppress(WireError):
                await self._asked_status()
        return await self._line.guard(stage, self._line.command(stage, command))

    async def _many(self, command: str, most: int, octets: int) -> list[bytes]:
        await self._ask(Stage.MAILBOX, command)
        return await self._line.guard(Stage.MAILBOX, self._line.lines(most=most, octets=octets))

    def _malformed(self) -> WireError:
        self.abort()
        return WireError(Protocol.POP3, Stage.MAILBOX, Cause.MALFORMED)


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)
