"""POP3's lines (RFC 1939), with a bound on everything a server may send."""

from letterhead.wire.blame import stranger
from letterhead.wire.clean import parse_pop3_error
from letterhead.wire.dial import Dialler
from letterhead.wire.server import MailServer
from letterhead.wire.stream import Stream
from letterhead.wire.trouble import Cause, MalformedError, WireError
from letterhead_providers import Protocol, Stage

_LONGEST_LINE = 8192


class Pop3Line(Stream):
    def __init__(self, server: MailServer, dialler: Dialler) -> None:
        super().__init__(server, dialler, longest_line=_LONGEST_LINE)

    async def greeting(self) -> str:
        head = await self.head()
        if head[:3].upper() != b"+OK" and head.upper() != b"-ERR":
            raise MalformedError(stranger(head) or Cause.MALFORMED)
        rest = b"" if head.endswith(b"\n") else await self.read_line()
        return self._answer(Stage.GREETING, head + rest)

    async def command(self, stage: Stage, text: str) -> str:
        """The cleaned words after ``+OK``. WireError with the reply after ``-ERR``."""
        self.write_line(text)
        return await self.answer(stage)

    async def answer(self, stage: Stage) -> str:
        """To the first of the commands that none was read to."""
        return self._answer(stage, await self.read_line())

    async def say(self, text: str) -> str | None:
        """A line of AUTH (RFC 5034): the challenge to answer, or None where the server is content."""
        self.write_line(text)
        line = await self.read_line()
        if line.startswith(b"+") and line[1:2] in b" \r\n":
            challenge = self.tape.clean(line)
            self.tape.received(challenge)
            return challenge[1:].strip()
        self._answer(Stage.SIGN_IN, line)
        return None

    async def lines(self, *, most: int, octets: int) -> list[bytes]:
        """A multi-line answer up to the lone dot, without line ends and dot-stuffing (RFC 1939 section 3)."""
        lines: list[bytes] = []
        while (line := await self.read_line()).rstrip(b"\r\n") != b".":
            octets -= len(line)
            if len(lines) == most or octets < 0:
                raise MalformedError
            lines.append(line.rstrip(b"\r\n").removeprefix(b"."))
        return lines

    async def first_of_lines(self, *, keep: int, octets: int) -> bytes:
        """As ``lines``, with CRLF; of what is beyond the first ``keep`` octets nothing is kept."""
        kept, size = list[bytes](), 0
        while (line := await self.read_line()).rstrip(b"\r\n") != b".":
            octets -= len(line)
            if octets < 0:
                raise MalformedError
            if size < keep:
                kept.append(line.rstrip(b"\r\n").removeprefix(b".") + b"\r\n")
                size += len(kept[-1])
        return b"".join(kept)[:keep]

    def _answer(self, stage: Stage, line: bytes) -> str:
        text = self.tape.clean(line)
        self.tape.received(text)
        status, _, words = text.partition(" ")
        if status.upper() == "+OK":
            return words
        if status.upper() == "-ERR":
            raise WireError(Protocol.POP3, stage, Cause.REPLY, reply=parse_pop3_error(text))
        raise MalformedError
