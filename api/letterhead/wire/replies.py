"""Replies of an SMTP server one by one, however many are awaited at once.

aiosmtplib keeps one of them and drops the others.
"""

import asyncio
from collections import deque

from aiosmtplib import SMTPResponse

from letterhead.wire.tape import Tape
from letterhead.wire.trouble import MalformedError

_LONGEST_LINE = 8192
_MOST_LINES = 100
_MOST_OCTETS = 64 * 1024
_OCTETS_OF_A_REPLY = 1024


class Replies:
    """``wanted``: how many there will be, by which what a server may say is bounded."""

    def __init__(self, tape: Tape, wanted: int) -> None:
        self._tape = tape
        self._room = _MOST_OCTETS + wanted * _OCTETS_OF_A_REPLY
        self._ready: deque[SMTPResponse] = deque()
        self._lines: list[bytes] = []
        self._rest = b""
        self._end: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def any(self) -> bool:
        """Whether there is something to hear, were it that the server has gone."""
        return bool(self._ready) or self._end is not None

    def here(self) -> SMTPResponse | None:
        """The next one, if it has come."""
        return self._ready.popleft() if self._ready else None

    async def next(self) -> SMTPResponse:
        """MalformedError for what is no reply, EOFError at the end."""
        while not self._ready:
            if self._end:
                raise self._end
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._ready.popleft()

    def forget(self) -> None:
        """What was said without being asked, so that it is not taken for the answer to what is asked next."""
        self._ready.clear()
        self._lines, self._rest = [], b""

    def feed(self, data: bytes) -> None:
        self._room -= len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        if self._room < 0 or len(self._rest) > _LONGEST_LINE:
            self.end(MalformedError())
        self._wake()

    def end(self, reason: Exception | None = None) -> None:
        self._end = self._end or reason or EOFError()
        self._wake()

    def _take(self, line: bytes) -> None:
        if self._end:
            return
        if len(line) > _LONGEST_LINE or len(self._lines) == _MOST_LINES or not line[:3].isdigit():
            self.end(MalformedError())
            return
        self._lines.append(line)
        if line[3:4] == b"-":
            return
        code, text = line[:3].decode(), b"\n".join(one[4:].strip() for one in self._lines)
        self._lines = []
        reply = SMTPResponse(int(code), text.decode("utf-8", "surrogateescape"))
        if 200 <= reply.code <= 599:
            self._tape.received("\n".join(f"{code} {part}" for part in reply.message.split("\n")))
        self._ready.append(reply)

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done() and self.any:
            self._waiter.set_result(None)
