"""One account's conversation with its SMTP server, from the first look-up to the last message."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime

from letterhead.vault.secret import Secret
from letterhead.wire import sasl, transaction
from letterhead.wire.clean import clean
from letterhead.wire.credentials import may_be_sent, token_may_be_sent
from letterhead.wire.dial import Dialler
from letterhead.wire.envelope import RecipientReply, SenderReply, Transmission
from letterhead.wire.opening import Opening, certificate_ends, in_order, tls_evidence
from letterhead.wire.server import MailServer
from letterhead.wire.smtp_line import SmtpLine
from letterhead.wire.transaction import Outgoing
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Security, ServerReply, Stage

__all__ = ["Outgoing", "RecipientReply", "SenderReply", "SmtpConversation", "Transmission"]

_TOLD = ("AUTH", "SIZE", "8BITMIME", "SMTPUTF8", "PIPELINING", "DSN")
_MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")
_MOST_CAPABILITIES = 100
_LONGEST_COMMAND = 512
"""Octets (RFC 5321 section 4.5.3.1.4); AUTH with an initial response is no exception (RFC 4954 section 4)."""


class SmtpConversation:
    """Raises WireError of the stage it is in; refusals of an envelope or a message are results instead.

    Keeps no deadlines but those of RFC 5321 section 4.5.3.2 for a message: callers use ``asyncio.timeout``.
    After any error but a refusal, and after a cancellation, the connection is closed.
    """

    def __init__(
        self,
        server: MailServer,
        dialler: Dialler,
        *,
        local_hostname: str,
        allow_cleartext_sign_in: bool = False,
    ) -> None:
        self.greeting = ""
        self.capabilities: tuple[str, ...] = ()
        self._server = server
        self._allow_cleartext = allow_cleartext_sign_in
        self._line = SmtpLine(server, dialler, local_hostname=local_hostname)

    @property
    def encrypted(self) -> bool:
        transport = self._line.transport
        return transport is not None and transport.get_extra_info("ssl_object") is not None

    @property
    def certificate_ends(self) -> datetime | None:
        """None where the connection is not encrypted."""
        return certificate_ends(self._line.transport)

    @property
    def is_open(self) -> bool:
        return self._line.client.is_connected

    @property
    def in_doubt(self) -> bool:
        """Whether a final dot is out and its verdict not read, as after a cancelled ``transmit``."""
        return self._line.in_doubt

    @property
    def answers(self) -> tuple[RecipientReply, ...]:
        """What was said to the recipients of the latest message."""
        return self._line.answers

    @property
    def transcript(self) -> list[str]:
        """``C:`` and ``S:`` lines, at most 200, without arguments of AUTH."""
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
        reply = await self._line.ask(Stage.GREETING, self._line.greeting())
        if reply.code != 220:
            raise self._line.refusal(Stage.GREETING, reply)
        self.greeting = reply.text
        return reply.text

    async def _start_tls(self) -> str:
        line = self._line
        if self._server.security is Security.TLS:
            await line.guard(Stage.TLS, line.start(tls=True))
            return tls_evidence(line.transport)
        await self._hello(Stage.TLS)
        if not line.client.supports_extension("starttls"):
            line.abort()
            raise WireError(Protocol.SMTP, Stage.TLS, Cause.TLS_NOT_OFFERED)
        line.tape.sent("STARTTLS")
        reply = await line.ask(Stage.TLS, line.client.starttls())
        if not self.encrypted:
            raise line.refusal(Stage.TLS, reply)
        return tls_evidence(line.transport)

    async def _ask_capabilities(self) -> str:
        await self._hello(Stage.CAPABILITIES)
        hello = self._line.client.last_ehlo_response
        lines = clean(hello.message, 8000).split("\n")[1:] if hello else ()
        self.capabilities = tuple(lines[:_MOST_CAPABILITIES])
        told = [line for line in self.capabilities if line.upper().startswith(_TOLD)]
        return ", ".join(told) or "No extensions"

    async def _hello(self, stage: Stage) -> None:
        """EHLO, or HELO where the server does not know that one."""
        client = self._line.client
        reply = await self._line.ask(stage, client.ehlo())
        if reply.code in (500, 502):
            reply = await self._line.ask(stage, client.helo())
        if reply.code != 250:
            raise self._line.refusal(stage, reply)

    async def sign_in(self, username: str, secret: Secret) -> str:
        """One attempt with one mechanism, so that a wrong secret counts once at the server.

        ValueError for a login or secret that cannot be sent at all.
        """
        self._must_be_open()
        may_be_sent(
            self._server, username, secret, encrypted=self.encrypted, allow_cleartext=self._allow_cleartext
        )
        offered = self._mechanisms()
        mechanism = next((name for name in _MECHANISMS if name in offered), None)
        if mechanism is None:
            raise sasl.no_mechanism(self._server, offered, self._line.tape)
        with self._line.tape.signing_in(username, secret):
            await self._line.guard(Stage.SIGN_IN, self._attempt(mechanism, username, secret))
        return f"Signed in with {mechanism}"

    async def _attempt(self, mechanism: str, username: str, secret: Secret) -> None:
        match mechanism:
            case "PLAIN":
                await self._present(sasl.plain(username, secret))
            case "LOGIN":
                await sasl.log_in(username, secret, self._say)
            case _:
                answer = self._line.client.auth_crammd5(username, secret.reveal())
                reply = await self._line.ask(Stage.SIGN_IN, answer)
                if reply.code != 235:
                    raise self._not_signed_in(reply)

    async def sign_in_with_token(
        self, username: str, token: Secret, mechanisms: Sequence[str] = sasl.TOKEN_MECHANISMS
    ) -> str:
        """One attempt with the first of ``mechanisms`` that the server offers, and never unencrypted.

        A refusal's ``detail`` holds the server's reasons. ValueError for what cannot be sent at all.
        """
        self._must_be_open()
        token_may_be_sent(self._server, username, token, encrypted=self.encrypted)
        offered, line = self._mechanisms(), self._line
        claim = sasl.for_token(self._server, username, token, mechanisms=mechanisms, offered=offered)
        if claim is None:
            raise sasl.no_mechanism(self._server, offered, line.tape)
        with line.tape.signing_in(username, token):
            await line.guard(Stage.SIGN_IN, self._present(claim))
        return f"Signed in with {claim.mechanism}"

    async def _present(self, claim: sasl.Claim) -> None:
        tape, longest = self._line.tape, _LONGEST_COMMAND
        await sasl.present(claim, self._say, tape, command="AUTH", longest=longest)

    async def _say(self, text: str) -> str | None:
        reply = await self._line.ask(Stage.SIGN_IN, self._line.client.execute_command(text.encode("ascii")))
        if reply.code == 334:
            return reply.text
        if reply.code != 235:
            raise self._not_signed_in(reply)
        return None

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise WireError(Protocol.SMTP, Stage.SIGN_IN, Cause.DISCONNECTED)

    def _mechanisms(self) -> list[str]:
        return [name.upper() for name in self._line.client.server_auth_methods]

    def _not_signed_in(self, reply: ServerReply) -> WireError:
        if reply.code and reply.code >= 400:
            return WireError(Protocol.SMTP, Stage.SIGN_IN, Cause.REPLY, reply=reply)
        return self._line.refusal(Stage.SIGN_IN, reply)

    async def try_sender(self, from_address: str, to_address: str, *, last: bool = False) -> SenderReply:
        """MAIL FROM, RCPT TO, RSET: what the server says before it has seen a message.

        At once where the server lets us (RFC 2920). ``last``: nothing but ``quit`` comes after it.
        ValueError, before anything is sent, for an address with spaces, controls or quotes.
        """
        return await transaction.try_sender(self._line, from_address, to_address, last=last)

    async def transmit(self, this: Outgoing) -> Transmission:
        """Send one message; the connection can be used for the next one while ``is_open``.

        LostAfterDot if the verdict was not read after the final dot; CannotCarry where the server cannot take
        it, before anything is sent; any other WireError means it was not delivered. A cancellation, a
        caller's deadline too, stays one: ``in_doubt`` then tells the two apart. ValueError, before anything
        is sent, for an address with spaces, controls or quotes.
        """
        return await transaction.transmit(self._line, this)

    async def quit(self) -> None:
        """Take leave politely, for a second at most, and close."""
        with contextlib.suppress(WireError, TimeoutError):
            async with asyncio.timeout(1):
                await self._line.guard(Stage.DATA, self._line.client.quit())
        self.abort()

    def abort(self) -> None:
        self._line.abort()
