"""A mail server that can stop, break off or refuse at any point of a transaction, and that forgets none."""

import asyncio
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from enum import Enum

import trustme


class Act(Enum):
    HANG_UP = "closes the connection"
    RESET = "closes it with RST"
    SILENCE = "says nothing more, for ever"


@dataclass
class Hold:
    """Stops at this point: ``reached`` is set there, and it goes on, with ``then``, once ``go_on`` is."""

    then: "str | Act | None" = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Dripping:
    """Said one byte at a time."""

    answer: str


Step = str | Act | Hold | Dripping | None
"""None: as every polite server does."""

POLITE = {
    "greeting": "220 sink.example ESMTP",
    "AUTH": "235 2.7.0 Welcome",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go ahead",
    "dot": "250 2.0.0 Ok: taken",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}


@dataclass
class Transaction:
    """``whole``: when its final dot had come, by the monotonic clock. ``verdict``: what was said to that."""

    sender: str
    accepted: list[str] = field(default_factory=list)
    content: bytes = b""
    whole: float | None = None
    verdict: str | None = None

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.content)["Message-ID"])

    @property
    def refused(self) -> bool:
        """The client was told that the server does not take it."""
        return self.verdict is not None and self.verdict[0] in "45"


@dataclass
class Sink:
    """``script``: what is done at each point, one after the other; then, or without any, what is polite."""

    port: int = 0
    tls: bool = False
    script: dict[str, list[Step]] = field(default_factory=dict)
    refusing: dict[str, str] = field(default_factory=dict)
    transactions: list[Transaction] = field(default_factory=list)
    connections: int = 0

    def next(self, point: str) -> Step:
        steps = self.script.get(point)
        return steps.pop(0) if steps else None

    @property
    def whole(self) -> list[Transaction]:
        return [one for one in self.transactions if one.whole is not None]


@asynccontextmanager
async def running_sink(
    *, extensions: Sequence[str] = (), certificate: trustme.LeafCert | None = None, **script: list[Step]
) -> AsyncIterator[Sink]:
    """``script``: by point, which is ``greeting``, ``EHLO``, a verb, ``content`` or ``dot``. With a
    certificate it speaks TLS from the first byte."""
    sink, talks = Sink(script=script, tls=certificate is not None), set[asyncio.Task[None]]()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
    if certificate and context:
        certificate.configure_cert(context)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        talks.add(task)
        sink.connections += 1
        with suppress(OSError, EOFError, asyncio.CancelledError):
            await _Talk(sink, reader, writer, extensions).run()
        writer.transport.abort()

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)  # a message does not fit in on its way
    server = await asyncio.start_server(serve, sock=listener, ssl=context)
    sink.port = listener.getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@dataclass
class _Talk:
    sink: Sink
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    extensions: Sequence[str]

    async def run(self) -> None:
        await self.answer("greeting", POLITE["greeting"])
        transaction = Transaction(sender="")
        while line := (await self.reader.readuntil(b"\r\n")).decode().removesuffix("\r\n"):
            verb = line.split(" ")[0].upper()
            match verb:
                case "EHLO":
                    lines = ["250-sink.example", *(f"250-{one}" for one in self.extensions), "250 8BITMIME"]
                    await self.answer("EHLO", "\r\n".join(lines))
                case "MAIL":
                    transaction = Transaction(sender=_path(line))
                    self.sink.transactions.append(transaction)
                    await self.answer(verb, POLITE[verb])
                case "RCPT":
                    to = _path(line)
                    said = await self.answer(verb, self.sink.refusing.get(to, POLITE[verb]))
                    if said.startswith("250"):
                        transaction.accepted.append(to)
                case "DATA":
                    polite = POLITE[verb] if transaction.accepted else "554 5.5.1 No valid recipients"
                    if (await self.answer(verb, polite)).startswith("354"):
                        await self.content(transaction)
                case _:
                    await self.answer(verb, POLITE.get(verb, "502 5.5.1 No such command"))
            if verb == "QUIT":
                return

    async def content(self, transaction: Transaction) -> None:
        head = await self.reader.readexactly(1)
        await self.do(self.sink.next("content"))
        lines = [head + await self.reader.readuntil(b"\r\n")]
        while lines[-1] != b".\r\n":
            lines.append(await self.reader.readuntil(b"\r\n"))
        transaction.content = b"".join(line.removeprefix(b".") for line in lines[:-1])
        transaction.whole = time.monotonic()
        step = self.sink.next("dot")
        answer = await self.do(step) or POLITE["dot"]
        transaction.verdict = answer
        await self.say(answer, drip=isinstance(step, Dripping))

    async def answer(self, point: str, polite: str) -> str:
        step = self.sink.next(point)
        said = await self.do(step) or polite
        await self.say(said, drip=isinstance(step, Dripping))
        return said

    async def do(self, step: Step) -> str | None:
        match step:
            case Hold():
                step.reached.set()
                await step.go_on.wait()
                return await self.do(step.then)
            case Dripping():
                return step.answer
            case Act.SILENCE:
                while await self.reader.read(65536):
                    pass
                raise EOFError
            case Act.RESET:
                at_once = struct.pack("ii", 1, 0)
                self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                raise EOFError
            case Act.HANG_UP:
                raise EOFError
        return step

    async def say(self, answer: str, *, drip: bool) -> None:
        raw = answer.encode() + b"\r\n"
        for part in [raw[n : n + 1] for n in range(len(raw))] if drip else [raw]:
            self.writer.write(part)
            await self.writer.drain()
            if drip:
                await asyncio.sleep(0.002)


def _path(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
