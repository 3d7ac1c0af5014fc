"""POP3's lines (RFC 1939) over asyncio, with a bound on everything a server may send."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from letterhead.wire.blame import blame, looks_like_tls, stranger
from letterhead.wire.clean import parse_pop3_error
from letterhead.wire.dial import Dialler
from letterhead.wire.opening import Approach
from letterhead.wire.server import MailServer
from letterhead.wire.tape import Tape
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Security, Stage

T = TypeVar("T")
_LONGEST_LINE = 8192


class MalformedError(Exception):
    """Too long, too many, or not what POP3 says. ``cause``: where it shows who answers instead."""

    def __init__(self, cause: Cause = Cause.MALFORMED) -> None:
        super().__init__(cause)
        self.cause = cause


class Pop3Line:
    """One connection. What is said goes through ``guard``, so that whatever goes wrong is a WireError."""

    def __init__(self, server: MailServer, dialler: Dialler) -> None:
        self.server = server
        self.approach = Approach(server, dialler)
        self.tape = Tape()
        self.transport: asyncio.Transport | None = None
        self._tls = dialler.tls
        self._reader: asyncio.StreamReader | None = None

    async def guard(self, stage: Stage, work: Awaitable[T]) -> T:
        """A refusal leaves the connection open; everything else closes it.

        Errors are raised outside of the handlers, so that none drags along what the server sent.
        """
        try:
            return await work
        except WireError as exc:
            trouble = exc.with_traceback(None)
        except MalformedError as exc:
            trouble = WireError(Protocol.POP3, stage, exc.cause)
        except (OSError, EOFError) as exc:
            cause, detail = blame(exc, implicit_tls=self.server.security is Security.TLS)
            trouble = WireError(Protocol.POP3, stage, cause, detail=self.tape.clean(detail))
        except BaseException:
            self.abort()
            raise
        if trouble.cause is not Cause.REPLY:
            self.abort()
        raise trouble

    async def start(self, *, tls: bool) -> None:
        """Speak over the connected socket, with TLS from the first byte or plainly."""
        self._reader, protocol = _reader()
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: protocol,
            sock=self.approach.take(),
            ssl=self._tls if tls else None,
            server_hostname=self.server.host if tls else None,
        )
        self.transport = transport

    async def upgrade(self) -> None:
        """The handshake after STLS. Nothing that came in plain text is read as if it had been encrypted."""
        plain, reader = self._writing(), self._reading()
        plain.pause_reading()
        reader.feed_eof()
        if await reader.read():
            raise MalformedError
        self._reader, protocol = _reader()
        transport = await asyncio.get_running_loop().start_tls(
            plain, protocol, self._tls, server_hostname=self.server.host
        )
        if transport is None:
            raise ConnectionResetError
        protocol.connection_made(transport)
        self.transport = transport

    async def greeting(self) -> str:
        """Judged by its first bytes: a TLS server's have no line end, so the line would never come."""
        head = await self._reading().readexactly(4)
        if looks_like_tls(head):
            raise MalformedError(Cause.PLAIN_ON_TLS)
        if head[:3].upper() != b"+OK" and head.upper() != b"-ERR":
            raise MalformedError(stranger(head) or Cause.MALFORMED)
        rest = b"" if head.endswith(b"\n") else await self._line()
        return self._answer(Stage.GREETING, head + rest)

    async def command(self, stage: Stage, text: str) -> str:
        """The cleaned words after ``+OK``. WireError with the reply after ``-ERR``."""
        self.tape.sent(text)
        self._writing().write(text.encode() + b"\r\n")
        return self._answer(stage, await self._line())

    async def lines(self, *, most: int, octets: int) -> list[bytes]:
        """A multi-line answer up to the lone dot, without line ends and dot-stuffing (RFC 1939 section 3)."""
        lines: list[bytes] = []
        while (line := await self._line()).rstrip(b"\r\n") != b".":
            octets -= len(line)
            if len(lines) == most or octets < 0:
                raise MalformedError
            lines.append(line.rstrip(b"\r\n").removeprefix(b"."))
        return lines

    def abort(self) -> None:
        """Close at once, from any state."""
        self.approach.close()
        if self.transport:
            self.transport.abort()

    async def _line(self) -> bytes:
        try:
            line = await self._reading().readline()
        except ValueError:  # longer than the reader's limit
            raise MalformedError from None
        if not line.endswith(b"\n"):
            raise EOFError
        return line

    def _answer(self, stage: Stage, line: bytes) -> str:
        text = self.tape.clean(line)
        self.tape.received(text)
        status, _, words = text.partition(" ")
        if status.upper() == "+OK":
            return words
        if status.upper() == "-ERR":
            raise WireError(Protocol.POP3, stage, Cause.REPLY, reply=parse_pop3_error(text))
        raise MalformedError

    def _writing(self) -> asyncio.Transport:
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError
        return self.transport

    def _reading(self) -> asyncio.StreamReader:
        """Also after the server has closed: its last words may still be there."""
        if self._reader is None:
            raise ConnectionResetError
        return self._reader


def _reader() -> tuple[asyncio.StreamReader, asyncio.StreamReaderProtocol]:
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    return reader, asyncio.StreamReaderProtocol(reader)
