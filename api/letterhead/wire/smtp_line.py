"""aiosmtplib under our rules: dialled by the guard, every failure a WireError, nothing left open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar, cast

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from letterhead.wire.blame import blame, looks_like_tls, stranger
from letterhead.wire.clean import parse_smtp_reply
from letterhead.wire.dial import Dialler
from letterhead.wire.opening import Approach
from letterhead.wire.server import MailServer
from letterhead.wire.tape import Tape
from letterhead.wire.trouble import Cause, LostAfterDot, MalformedError, WireError
from letterhead_providers import Protocol, Security, ServerReply, Stage

T = TypeVar("T")
NextReply = Callable[[], Awaitable[aiosmtplib.SMTPResponse]]
_LONGEST_LINE = 8192
_MOST_LINES = 100
_MOST_OCTETS = 64 * 1024
_CHUNK = 64 * 1024
_HEAD = 16
_PATIENCE = 600.0
"""Seconds for the verdict on a message (RFC 5321 section 4.5.3.2.6)."""


class _TapedProtocol(SMTPProtocol):
    """Writes down what is said, and knows when more may be written."""

    def __init__(self, client: aiosmtplib.SMTP, tape: Tape) -> None:
        super().__init__(asyncio.get_running_loop(), lambda _: client.close())
        self.head = b""
        self.replies: asyncio.StreamReader | None = None
        self._octets = 0
        self._tape = tape
        self._room = asyncio.Event()
        self._room.set()

    async def execute_command(self, *args: bytes, timeout: float | None = None) -> aiosmtplib.SMTPResponse:
        self._tape.sent(b" ".join(args).decode("utf-8", "replace"))
        return await super().execute_command(*args, timeout=timeout)

    async def read_response(self, timeout: float | None = None) -> aiosmtplib.SMTPResponse:
        response = await super().read_response(timeout)
        if 200 <= response.code <= 599:
            self._tape.received("\n".join(f"{response.code} {line}" for line in response.message.split("\n")))
        return response

    def data_received(self, data: bytes) -> None:
        if len(self.head) < _HEAD:
            self.head += data[:_HEAD]
            if looks_like_tls(self.head):  # has no line ends, so it would never be answered
                cast("asyncio.Transport", self.transport).abort()
                return
        if self.replies is None:
            super().data_received(data)
            return
        self._octets += len(data)
        if self._octets > _MOST_OCTETS:
            self.replies.set_exception(MalformedError())
        else:
            self.replies.feed_data(data)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._room.clear()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._room.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._room.set()
        if self.replies:
            self.replies.feed_eof()
        super().connection_lost(exc)

    def await_several(self) -> None:
        self.replies, self._octets = asyncio.StreamReader(limit=_LONGEST_LINE), 0

    async def next_reply(self) -> aiosmtplib.SMTPResponse:
        """Of several that are awaited at once: aiosmtplib keeps one and drops the others."""
        assert self.replies, "several are awaited"
        lines: list[bytes] = []
        while not lines or lines[-1][3:4] == b"-":
            try:
                line = await self.replies.readuntil(b"\n")
            except asyncio.LimitOverrunError:
                raise MalformedError from None
            if len(lines) == _MOST_LINES or not line[:3].isdigit():
                raise MalformedError
            lines.append(line)
        text = b"\n".join(line[4:].strip() for line in lines).decode("utf-8", "surrogateescape")
        self._tape.received("\n".join(f"{lines[0][:3].decode()} {line}" for line in text.split("\n")))
        return aiosmtplib.SMTPResponse(int(lines[0][:3]), text)

    async def room_or(self, reading: asyncio.Task[aiosmtplib.SMTPResponse]) -> None:
        """Until more may be written, or the server has answered or gone."""
        if self._room.is_set():
            return
        room = asyncio.create_task(self._room.wait())
        try:
            await asyncio.wait({room, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            room.cancel()


async def _replied(answer: Awaitable[aiosmtplib.SMTPResponse]) -> aiosmtplib.SMTPResponse:
    """A refusal is a reply too."""
    try:
        return await answer
    except aiosmtplib.SMTPResponseException as exc:
        return aiosmtplib.SMTPResponse(exc.code, exc.message)


class SmtpLine:
    """One connection. ``client``: for its commands, each to be awaited through ``ask``."""

    def __init__(self, server: MailServer, dialler: Dialler, *, local_hostname: str) -> None:
        self.server = server
        self.approach = Approach(server, dialler)
        self.tape = Tape()
        self.in_doubt = False
        self.client = aiosmtplib.SMTP(
            hostname=server.host,
            local_hostname=local_hostname,
            timeout=None,
            start_tls=False,
            tls_context=dialler.tls,
        )
        self._tls = dialler.tls
        self._protocol: _TapedProtocol | None = None

    async def guard(self, stage: Stage, work: Awaitable[T]) -> T:
        """``work``, with whatever goes wrong on the line as a WireError.

        That is raised outside of the handlers, so that it drags along nothing the server sent.
        """
        try:
            return await work
        except WireError:  # of a guard within
            raise
        except MalformedError as exc:
            cause, detail = exc.cause, ""
        except (aiosmtplib.SMTPException, OSError, EOFError) as exc:
            implicit_tls = self.server.security is Security.TLS
            cause, detail = blame(exc, stage=stage, implicit_tls=implicit_tls)
        except BaseException:
            self.abort()
            raise
        self.abort()
        raise self._trouble(stage, cause, detail)

    async def ask(self, stage: Stage, answer: Awaitable[aiosmtplib.SMTPResponse]) -> ServerReply:
        """The server's reply, whatever it says. WireError if there is none or it is not one."""
        code, message = await self.guard(stage, _replied(answer))
        if not 200 <= code <= 599:
            self.abort()
            raise self._trouble(stage, Cause.MALFORMED)
        self.in_doubt = False
        if code == 421:
            self.abort()
        return parse_smtp_reply(code, self.tape.clean(message))

    def refusal(self, stage: Stage, reply: ServerReply) -> WireError:
        """The error for a reply that ends the conversation, which is closed."""
        self.abort()
        if reply.code and reply.code >= 400:
            return WireError(Protocol.SMTP, stage, Cause.REPLY, reply=reply)
        return WireError(Protocol.SMTP, stage, Cause.MALFORMED)

    async def start(self, *, tls: bool) -> None:
        """Speak over the connected socket, with TLS from the first byte or plainly."""
        protocol = _TapedProtocol(self.client, self.tape)
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: protocol,
            sock=self.approach.take(),
            ssl=self._tls if tls else None,
            server_hostname=self.server.host if tls else None,
        )
        self._protocol = self.client.protocol = protocol
        self.client.transport = transport

    async def greeting(self) -> aiosmtplib.SMTPResponse:
        return await self._speaking().read_response()

    @asynccontextmanager
    async def pipelined(self, *commands: str) -> AsyncIterator[NextReply]:
        """Says all of them at once (RFC 2920). What is yielded gives the replies one by one, for ``ask``."""
        protocol = self._speaking()
        protocol.await_several()
        try:
            for command in commands:
                self.tape.sent(command)
            protocol.write("".join(f"{command}\r\n" for command in commands).encode())
            yield protocol.next_reply
        finally:
            protocol.replies = None

    async def content(self, message: bytes) -> aiosmtplib.SMTPResponse:
        """Send dot-stuffed ``message`` and the final dot; the verdict on it.

        ``in_doubt`` from the dot until the verdict is read. The reply is listened for from the start,
        because a server may refuse in the middle; then the connection is of no more use.
        """
        protocol = self._speaking()
        reading = asyncio.create_task(protocol.read_response())
        try:
            for start in range(0, len(message), _CHUNK):
                protocol.write(message[start : start + _CHUNK])
                await protocol.room_or(reading)
                if reading.done():
                    return self._early(reading.result())
            protocol.write(b".\r\n")
            self.in_doubt = True
            async with asyncio.timeout(_PATIENCE):
                return await reading
        finally:
            reading.cancel()
            if reading.done() and not reading.cancelled():
                reading.exception()

    def _early(self, response: aiosmtplib.SMTPResponse) -> aiosmtplib.SMTPResponse:
        self.abort()
        if response.code < 400:
            raise aiosmtplib.SMTPResponseException(-1, "accepted before it was sent")
        return response

    @property
    def transport(self) -> asyncio.BaseTransport | None:
        return self._protocol.transport if self._protocol else None

    def abort(self) -> None:
        """Close at once, from any state."""
        self.approach.close()
        if transport := self.transport:
            cast("asyncio.WriteTransport", transport).abort()
        self.client.close()

    def _speaking(self) -> _TapedProtocol:
        if self._protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("not connected")
        return self._protocol

    def _trouble(self, stage: Stage, cause: Cause, detail: str = "") -> WireError:
        if stage is Stage.GREETING and self._protocol and cause in (Cause.DISCONNECTED, Cause.MALFORMED):
            head = self._protocol.head
            cause = (not head[:3].isdigit() and stranger(head)) or cause
        kind = LostAfterDot if self.in_doubt else WireError
        return kind(Protocol.SMTP, stage, cause, detail=self.tape.clean(detail))
