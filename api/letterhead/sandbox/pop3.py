"""The sandbox's POP3 server: lines in, answers out, and TLS in between (RFC 2595)."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Final, cast

from letterhead.sandbox.mailboxes import Mailboxes
from letterhead.sandbox.pop3_dialogue import Dialogue, Then

LONGEST_LINE: Final = 255  # RFC 2449 section 4
IDLE_SECONDS: Final = 600  # RFC 1939 section 3


class Pop3(asyncio.Protocol):
    """One connection. ``connections`` holds it for as long as it lives."""

    def __init__(self, dialogue: Dialogue, *, context: ssl.SSLContext, connections: set["Pop3"]) -> None:
        self._dialogue = dialogue
        self._context = context
        self._connections = connections
        self._received = b""
        self._writable = True
        self._upgrade: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by shape only
        self._connections.add(self)
        self._watch()
        self._transport.write(b"+OK Letterhead sandbox ready\r\n")

    def data_received(self, data: bytes) -> None:
        self._idle.cancel()
        self._watch()
        self._received += data
        self._serve()

    def pause_writing(self) -> None:
        self._writable = False
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._writable = True
        self._transport.resume_reading()
        self._serve()

    def connection_lost(self, exc: Exception | None) -> None:
        self._idle.cancel()
        self._dialogue.end()
        self._connections.discard(self)

    async def end(self) -> None:
        """Ends the connection at once."""
        if self._upgrade:
            self._upgrade.cancel()
        self._transport.abort()

    def _watch(self) -> None:
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._transport.abort)

    def _serve(self) -> None:
        """Answers what came in, one line at a time, for as long as the client takes the answers."""
        while self._writable and not self._upgrade and not self._transport.is_closing():
            line, ended, rest = self._received.partition(b"\n")
            if len(line) > LONGEST_LINE:
                self._transport.write(b"-ERR the line is too long\r\n")
                self._transport.close()
            elif not ended:
                return
            else:
                self._received = rest
                self._answer(line.rstrip(b"\r").decode(errors="replace"))

    def _answer(self, line: str) -> None:
        answer = self._dialogue.answer(line)
        if answer.then is Then.START_TLS:
            self._transport.pause_reading()
            self._upgrade = asyncio.create_task(self._start_tls(self._transport))
        self._transport.write(answer.said)
        if answer.then is Then.LEAVE:
            self._transport.close()

    async def _start_tls(self, clear: asyncio.Transport) -> None:
        # What was sent in clear after STLS is not taken for something said under TLS.
        self._received = b""
        try:
            secured = await asyncio.get_running_loop().start_tls(clear, self, self._context, server_side=True)
        except OSError:  # the handshake failed; ssl.SSLError is one
            clear.abort()
            self.connection_lost(None)
            return
        assert secured is not None
        self._transport = secured
        self._dialogue.secured = True
        self._upgrade = None
        self._serve()  # a command may have come with the end of the handshake


def server_factory(
    mailboxes: Mailboxes, *, context: ssl.SSLContext, connections: set[Pop3]
) -> Callable[[], Pop3]:
    """What ``loop.create_server`` makes a connection's protocol with."""
    in_use: set[str] = set()
    return lambda: Pop3(Dialogue(mailboxes, in_use), context=context, connections=connections)
