"""IMAP's lines (RFC 3501, 9051), literals and tags, with a bound on everything a server may send."""

import re
from collections.abc import Callable

from letterhead.wire.blame import stranger
from letterhead.wire.clean import parse_imap_error
from letterhead.wire.dial import Dialler
from letterhead.wire.imap_response import Response
from letterhead.wire.server import MailServer
from letterhead.wire.stream import Stream
from letterhead.wire.trouble import Cause, MalformedError, WireError
from letterhead_providers import Protocol, Stage

Heed = Callable[[Response], None]

_LONGEST_LINE = 65536
_MOST_RESPONSES = 10_000
_MOST_OCTETS = 500_000
_MOST_LITERALS = 10
_MOST_NOTICES = 5
_SIZE = re.compile(rb"\{(\d{1,10})\+?\}\r?\n$")
_WORDS = re.compile(rb"(?:\+|\S+ (?:OK|NO|BAD|BYE|PREAUTH))(?:[ \r\n])", re.IGNORECASE)
"""What is followed by words for people, in which nothing stands for a literal."""
_NOTICE = re.compile(rb"(?:NO|BAD) |OK \[ALERT\]", re.IGNORECASE)
_TOLD_APART = re.compile(rb"\* \d+ FETCH ", re.IGNORECASE)


class ImapLine(Stream):
    def __init__(self, server: MailServer, dialler: Dialler) -> None:
        super().__init__(server, dialler, longest_line=_LONGEST_LINE)
        self._commands = 0
        self._tag: bytes | None = None
        self._octets = 0

    async def greeting(self) -> str:
        head = (await self.head()).upper()
        if head not in (b"* OK", b"* PR", b"* BY"):
            raise MalformedError(stranger(head) or Cause.MALFORMED)
        line = head + await self.read_line()
        text = self.tape.clean(line)
        self.tape.received(text)
        status, _, words = text[2:].partition(" ")
        if status.upper() == "PREAUTH":
            detail = "PREAUTH, which lets anybody in without signing in"
            raise WireError(Protocol.IMAP, Stage.GREETING, Cause.NO_MECHANISM, detail=detail)
        if status.upper() == "BYE":
            raise self._parting(Stage.GREETING, line)
        if status.upper() != "OK":
            raise MalformedError
        return words

    async def command(
        self,
        stage: Stage,
        text: str,
        heed: Heed | None = None,
        *,
        most: int = _MOST_RESPONSES,
        octets: int = _MOST_OCTETS,
    ) -> None:
        """``heed`` is shown every response, the last one too. WireError with the reply after NO or BAD."""
        if await self.say(stage, text, heed, most=most, octets=octets) is not None:
            raise MalformedError

    async def say(
        self,
        stage: Stage,
        text: str,
        heed: Heed | None = None,
        *,
        most: int = _MOST_RESPONSES,
        octets: int = _MOST_OCTETS,
    ) -> str | None:
        """A command, or a further line of one: what the server wants to go on with, or None at its end."""
        if self._tag:
            self.write_line(text, hidden=True)
        else:
            self._commands += 1
            self._tag = b"A%d" % self._commands
            self.write_line(f"A{self._commands} {text}")
        self._octets = octets
        return await self._hear(stage, self._tag, heed, most)

    async def _hear(self, stage: Stage, tag: bytes, heed: Heed | None, most: int) -> str | None:
        notices: list[bytes] = []
        for _ in range(most):
            start, response = await self._response()
            if start == b"+":
                return self.tape.clean(response.text)
            if start not in (b"*", tag):
                raise MalformedError
            status = response.text.partition(b" ")[0].upper()
            if start == b"*" and status == b"BYE":
                raise self._parting(stage, b"* " + response.text)
            if heed:
                heed(response)
            if start == tag:
                self._end(stage, status, [*notices, response.text])
                return None
            if _NOTICE.match(response.text) and len(notices) < _MOST_NOTICES:
                notices.append(response.text)
        raise MalformedError

    def _end(self, stage: Stage, status: bytes, said: list[bytes]) -> None:
        """Gmail says in a notice before the refusal where to sign in with a browser."""
        self._tag = None
        if status == b"OK":
            return
        if status not in (b"NO", b"BAD"):
            raise MalformedError
        text = self.tape.clean(b"\n".join(b"* " + words for words in said))
        raise WireError(Protocol.IMAP, stage, Cause.REPLY, reply=parse_imap_error(text))

    def _parting(self, stage: Stage, line: bytes) -> WireError:
        self.abort()
        reply = parse_imap_error(self.tape.clean(line))
        return WireError(Protocol.IMAP, stage, Cause.REPLY, reply=reply)

    async def _response(self) -> tuple[bytes, Response]:
        """Its tag, ``*`` or ``+``, and the rest."""
        whole = await self._counted_line()
        literals: list[bytes] = []
        with_literals = not _WORDS.match(whole)
        while with_literals and (size := _SIZE.search(whole)):
            if len(literals) == _MOST_LITERALS:
                raise MalformedError
            literals.append(await self._literal(int(size[1])))
            whole = whole.rstrip(b"\r\n") + await self._counted_line()
        if not _TOLD_APART.match(whole):
            self.tape.received(whole)
        start, _, text = whole.rstrip(b"\r\n").partition(b" ")
        return start, Response(text=text, literals=tuple(literals))

    async def _literal(self, octets: int) -> bytes:
        self._spend(octets)
        return await self.read(octets)

    async def _counted_line(self) -> bytes:
        line = await self.read_line()
        self._spend(len(line))
        return line

    def _spend(self, octets: int) -> None:
        self._octets -= octets
        if self._octets < 0:
            raise MalformedError
