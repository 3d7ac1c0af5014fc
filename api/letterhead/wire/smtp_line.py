"""aiosmtplib under our rules: dialled by the guard, every failure a WireError, nothing left open."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from letterhead.wire.blame import blame, looks_like_tls, stranger
from letterhead.wire.clean import parse_smtp_reply
from letterhead.wire.dial import Dialler
from letterhead.wire.envelope import RecipientReply
from letterhead.wire.handover import hand_over
from letterhead.wire.opening import Approach
from letterhead.wire.replies import Replies
from letterhead.wire.server import MailServer
from letterhead.wire.tape import Tape
from letterhead.wire.trouble import Cause, LostAfterDot, MalformedError, WireError
from letterhead_providers import Protocol, Security, ServerReply, Stage

T = TypeVar("T")
_CHUNK = 64 * 1024
_HEAD = 16
_PATIENCE = {Stage.SENDER: 300.0, Stage.RECIPIENT: 300.0, Stage.DATA: 120.0}
"""Seconds for the answer to a command (RFC 5321 section 4.5.3.2)."""
_PATIENCE_OF_A_BLOCK = 180.0
_PATIENCE_AFTER_THE_DOT = 600.0


class _TapedProtocol(SMTPProtocol):
    """Writes down what is said, and knows when more may be written."""

    def __init__(self, client: aiosmtplib.SMTP, tape: Tape) -> None:
        super().__init__(asyncio.get_running_loop(), lambda _: client.close())
        self.head = b""
        self.replies: Replies | None = None
        self._tape = tape
        self._moved = asyncio.Event()

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
        self.replies.feed(data)
        self._moved.set()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._moved.set()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.replies:
            self.replies.end()
        self._moved.set()
        super().connection_lost(exc)

    async def room(self, replies: Replies) -> None:
        """Until more may be written, or the server has answered or gone."""
        while self._paused and not replies.any:
            self._moved.clear()
            await self._moved.wait()


async def _replied(answer: Awaitable[aiosmtplib.SMTPResponse]) -> aiosmtplib.SMTPResponse:
    """A refusal is a reply too."""
    try:
        return await answer
    except aiosmtplib.SMTPResponseException as exc:
        return aiosmtplib.SMTPResponse(exc.code, exc.message)


class SmtpLine:
    """One connection. ``client``: for its commands, each to be awaited through ``ask``.

    ``answers``: what was said to the recipients of the latest message.
    """

    def __init__(self, server: MailServer, dialler: Dialler, *, local_hostname: str) -> None:
        self.server = server
        self.approach = Approach(server, dialler)
        self.tape = Tape()
        self.in_doubt = False
        self.answers: tuple[RecipientReply, ...] = ()
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
        return self._heard(stage, await self.guard(stage, _replied(answer)))

    def _heard(self, stage: Stage, response: aiosmtplib.SMTPResponse) -> ServerReply:
        code, message = response
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
        context = self._tls if tls else None
        transport, _ = await hand_over(
            self.approach.take(), lambda: protocol, tls=context, host=self.server.host
        )
        self._protocol = self.client.protocol = protocol
        self.client.transport = transport

    async def greeting(self) -> aiosmtplib.SMTPResponse:
        return await self._speaking().read_response()

    @contextmanager
    def several(self, wanted: int) -> Iterator[None]:
        """In the block, ``hear`` gives the answers to what was said, one by one, ``wanted`` at most."""
        protocol = self._speaking()
        protocol.replies = Replies(self.tape, wanted)
        try:
            yield
        finally:
            protocol.replies = None

    def say(self, *commands: str) -> None:
        """All of them at once (RFC 2920). What has not been heard by now is forgotten."""
        protocol, replies = self._of_several()
        replies.forget()
        for command in commands:
            self.tape.sent(command)
        if protocol.is_connected:
            protocol.write("".join(f"{command}\r\n" for command in commands).encode())
        else:
            replies.end()

    async def hear(self, stage: Stage) -> ServerReply:
        """As ``ask``. What came together with an earlier reply costs no more than a look."""
        _, replies = self._of_several()
        response = replies.here()
        if response is None:
            response = await self.guard(stage, self._next(_PATIENCE[stage]))
        return self._heard(stage, response)

    async def _next(self, patience: float) -> aiosmtplib.SMTPResponse:
        _, replies = self._of_several()
        async with asyncio.timeout(patience):
            return await replies.next()

    async def content(self, message: bytes, in_time: Callable[[], bool] | None) -> aiosmtplib.SMTPResponse:
        """Send dot-stuffed ``message`` and the final dot; the verdict on it.

        ``in_doubt`` from the dot until the verdict is read. The reply is listened for from the start,
        because a server may refuse in the middle; then the connection is of no more use.
        """
        protocol, replies = self._of_several()
        whole = message + b".\r\n"
        for start in range(0, len(whole) - _CHUNK, _CHUNK):
            protocol.write(whole[start : start + _CHUNK])
            async with asyncio.timeout(_PATIENCE_OF_A_BLOCK):
                await protocol.room(replies)
            if replies.any:
                return self._early(await replies.next())
        if in_time and not in_time():
            raise TimeoutError
        protocol.write(whole[(len(whole) - 1) // _CHUNK * _CHUNK :])
        self.in_doubt = True
        response = await self._next(_PATIENCE_AFTER_THE_DOT)
        if 300 <= response.code < 400:  # neither a yes nor a no
            raise MalformedError
        return response

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

    def _of_several(self) -> tuple[_TapedProtocol, Replies]:
        protocol = self._speaking()
        assert protocol.replies, "several are awaited"
        return protocol, protocol.replies

    def _speaking(self) -> _TapedProtocol:
        if self._protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("not connected")
        return self._protocol

    def _trouble(self, stage: Stage, cause: Cause, detail: str = "") -> WireError:
        if stage is Stage.GREETING and self._protocol and cause in (Cause.DISCONNECTED, Cause.MALFORMED):
            head = self._protocol.head
            cause = (not head[:3].isdigit() and stranger(head)) or cause
        if self.in_doubt:
            return LostAfterDot(Protocol.SMTP, stage, cause, recipients=self.answers)
        return WireError(Protocol.SMTP, stage, cause, detail=self.tape.clean(detail))
