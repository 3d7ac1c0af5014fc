"""A connection of lines over asyncio, dialled by the guard, with a bound on what a server may send."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from letterhead.wire.blame import blame, looks_like_tls
from letterhead.wire.dial import Dialler
from letterhead.wire.handover import hand_over
from letterhead.wire.opening import Approach
from letterhead.wire.server import MailServer
from letterhead.wire.tape import Tape
from letterhead.wire.trouble import Cause, MalformedError, WireError
from letterhead_providers import Security, Stage

T = TypeVar("T")


class Stream:
    """One connection. What is said goes through ``guard``, so that whatever goes wrong is a WireError."""

    def __init__(self, server: MailServer, dialler: Dialler, *, longest_line: int) -> None:
        self.server = server
        self.approach = Approach(server, dialler)
        self.tape = Tape()
        self.transport: asyncio.Transport | None = None
        self._tls = dialler.tls
        self._longest_line = longest_line
        self._reader: asyncio.StreamReader | None = None

    @property
    def encrypted(self) -> bool:
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is not None

    @property
    def is_open(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    async def guard(self, stage: Stage, work: Awaitable[T]) -> T:
        """A refusal leaves the connection open; everything else closes it.

        Errors are raised outside of the handlers, so that none drags along what the server sent.
        """
        try:
            return await work
        except WireError as exc:
            trouble = exc.with_traceback(None)
        except MalformedError as exc:
            trouble = WireError(self.server.protocol, stage, exc.cause)
        except (OSError, EOFError) as exc:
            implicit_tls = self.server.security is Security.TLS
            cause, detail = blame(exc, stage=stage, implicit_tls=implicit_tls)
            trouble = WireError(self.server.protocol, stage, cause, detail=self.tape.clean(detail))
        except BaseException:
            self.abort()
            raise
        if trouble.cause is not Cause.REPLY:
            self.abort()
        raise trouble

    async def start(self, *, tls: bool) -> None:
        """Speak over the connected socket, with TLS from the first byte or plainly."""
        protocol = self._protocol()
        context = self._tls if tls else None
        transport, _ = await hand_over(
            self.approach.take(), lambda: protocol, tls=context, host=self.server.host
        )
        self.transport = transport

    async def upgrade(self) -> None:
        """The handshake after STLS or STARTTLS. Nothing that came in plain text is read as encrypted."""
        plain, reader = self._writing(), self._reading()
        plain.pause_reading()
        reader.feed_eof()
        if await reader.read():
            raise MalformedError
        protocol = self._protocol()
        transport = await asyncio.get_running_loop().start_tls(
            plain, protocol, self._tls, server_hostname=self.server.host
        )
        if transport is None:
            raise ConnectionResetError
        protocol.connection_made(transport)
        self.transport = transport

    async def head(self) -> bytes:
        """The greeting's first four bytes: a TLS server's have no line end, so a line would never come."""
        head = await self.read(4)
        if looks_like_tls(head):
            raise MalformedError(Cause.PLAIN_ON_TLS)
        return head

    async def read(self, octets: int) -> bytes:
        return await self._reading().readexactly(octets)

    async def read_line(self) -> bytes:
        """With its end."""
        try:
            line = await self._reading().readline()
        except ValueError:  # longer than the reader's limit
            raise MalformedError from None
        if not line.endswith(b"\n"):
            raise EOFError
        return line

    def write_line(self, text: str, *, hidden: bool = False) -> None:
        self.tape.sent(text, hidden=hidden)
        self._writing().write(text.encode() + b"\r\n")

    def abort(self) -> None:
        """Close at once, from any state."""
        self.approach.close()
        if self.transport:
            self.transport.abort()

    def _writing(self) -> asyncio.Transport:
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError
        return self.transport

    def _reading(self) -> asyncio.StreamReader:
        """Also after the server has closed: its last words may still be there."""
        if self._reader is None:
            raise ConnectionResetError
        return self._reader

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        self._reader = asyncio.StreamReader(limit=self._longest_line)
        return asyncio.StreamReaderProtocol(self._reader)
