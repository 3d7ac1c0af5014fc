"""Mail servers that do whatever a test writes down, in the test's own loop, and remember what they heard."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import cycle

from letterhead.wire.targets import AllowedTarget

HERE = AllowedTarget(ip_network("127.0.0.0/8"), frozenset(range(1, 65536)))
HANG_UP, RESET, SILENCE, IN_CLEAR = b"\0hang up", b"\0reset", b"\0silence", b"\0in clear"
"""Closing, politely or with RST; saying nothing for ever; saying something that is not encrypted."""


@dataclass(frozen=True)
class Flood:
    """``chunk`` again and again: 200 MB of it, or until the client has gone."""

    chunk: bytes
    octets: int = 200_000_000


@dataclass(frozen=True)
class Trickle:
    """``text`` again and again, a byte each 20 ms."""

    text: bytes


Said = str | bytes | Flood | Trickle
Answer = Said | tuple[Said, ...]
"""Several: the client's next line is read between them."""

SMTP: Mapping[str, Answer] = {
    "greeting": "220 mail.example ESMTP",
    "EHLO": "250-mail.example\r\n250-SIZE 10000000\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS",
    "HELO": "250 mail.example",
    "STARTTLS": "220 2.0.0 Go ahead",
    "AUTH": "235 2.7.0 Welcome",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go ahead",
    ".": "250 2.0.0 Queued",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}
POP3: Mapping[str, Answer] = {
    "greeting": "+OK POP3 ready",
    "CAPA": "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nSTLS\r\n.",
    "STLS": "+OK Begin TLS",
    "USER": "+OK",
    "PASS": "+OK 2 messages",
    "AUTH": "+OK Welcome",
    "STAT": "+OK 2 320",
    "UIDL": "+OK\r\n1 first\r\n2 second\r\n.",
    "TOP": "+OK\r\nSubject: Hello\r\n\r\n..dotted\r\n.",
    "RETR": "+OK\r\nSubject: Hello\r\n\r\n..dotted\r\nlast\r\n.",
    "DELE": "+OK",
    "QUIT": "+OK Bye",
}
IMAP: Mapping[str, Answer] = {
    "greeting": "* OK [CAPABILITY IMAP4rev1 AUTH=FORGED] IMAP ready",
    "CAPABILITY": "* CAPABILITY IMAP4rev1 SASL-IR STARTTLS AUTH=PLAIN AUTH=LOGIN\r\nTAG OK Done",
    "STARTTLS": "TAG OK Begin TLS",
    "AUTHENTICATE": "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS] Welcome",
    "LOGIN": "TAG OK Welcome",
    "EXAMINE": "* FLAGS (\\Seen)\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 17] Valid\r\n* OK [UIDNEXT 9]\r\n"
    "TAG OK [READ-ONLY] Done",
    "SELECT": "* 3 EXISTS\r\n* OK [UIDVALIDITY 17] Valid\r\n* OK [UIDNEXT 9] Next\r\nTAG OK Done",
    "UID FETCH": "* 1 FETCH (UID 4)\r\n* 2 FETCH (UID 6)\r\n* 3 FETCH (FLAGS (\\Seen) UID 8)\r\nTAG OK Done",
    "UID STORE": "TAG OK Done",
    "UID EXPUNGE": "* 2 EXPUNGE\r\nTAG OK Done",
    "LOGOUT": "* BYE See you\r\nTAG OK Done",
}
"""TAG stands for the tag of the command that is answered."""


@dataclass
class Served:
    """``heard``: every line of every client. ``left``: set when a client has closed its connection.

    ``poured``: octets of floods that were written.
    """

    port: int = 0
    heard: list[str] = field(default_factory=list)
    connections: int = 0
    poured: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def verbs(self) -> list[str]:
        return [line.split(" ")[0].upper() for line in self.heard]


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Served], Awaitable[None]]


@asynccontextmanager
async def talking(talk: Talk, *, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Served]:
    served, tasks = Served(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        served.connections += 1
        with suppress(OSError, EOFError, asyncio.CancelledError):
            await talk(reader, writer, served)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(10):  # connections that were left during their handshakes have no task
            await asyncio.sleep(0)


async def until_left(reader: asyncio.StreamReader, served: Served) -> None:
    try:
        while await reader.read(65536):
            pass
    finally:
        served.left.set()


@asynccontextmanager
async def scripted(
    manners: Mapping[str, Answer],
    *,
    tls: ssl.SSLContext | None = None,
    upgrade: ssl.SSLContext | None = None,
    **answers: Answer,
) -> AsyncIterator[Served]:
    """``manners`` with some ``answers`` changed; ``dot`` is the one after a message."""
    if "dot" in answers:
        answers["."] = answers.pop("dot")
    script = {**manners, **answers}
    what = next(what for verb, what in _WHAT.items() if verb in script)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        if not await _answer(script["greeting"], reader, writer, served):
            return
        while line := await _line(reader, served):
            tag, verb = _tag_and_verb(line) if "LOGOUT" in script else ("", line.split(" ")[0].upper())
            answer = _tagged(script.get(verb, what), tag)
            if not await _answer(answer, reader, writer, served):
                return
            if upgrade and verb in ("STARTTLS", "STLS") and script[verb] == manners[verb]:
                await writer.start_tls(upgrade)
            if verb == "DATA" and str(answer).startswith("354"):
                while await _line(reader, served) != ".":
                    pass
                if not await _answer(script["."], reader, writer, served):
                    return

    async with talking(talk, tls=tls) as served:
        yield served


async def _line(reader: asyncio.StreamReader, served: Served) -> str:
    line = (await reader.readline()).decode("utf-8", "replace").rstrip("\r\n")
    if line or not reader.at_eof():
        served.heard.append(line)
        return line or " "
    served.left.set()
    return ""


_WHAT = {"EHLO": "500 What?", "CAPA": "-ERR What?", "LOGOUT": "TAG BAD What?"}


def _tag_and_verb(line: str) -> tuple[str, str]:
    tag, _, command = line.partition(" ")
    words = command.upper().split(" ")
    return tag, " ".join(words[:2] if words[0] == "UID" else words[:1])


def _tagged(answer: Answer, tag: str) -> Answer:
    match answer:
        case tuple():
            return tuple(_tagged(one, tag) for one in answer)
        case str():
            return answer.replace("TAG", tag)
        case bytes():
            return answer.replace(b"TAG", tag.encode())
    return answer


async def _answer(
    answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served
) -> bool:
    """Whether the conversation goes on."""
    if isinstance(answer, tuple):
        return await _in_turn(answer, reader, writer, served)
    if isinstance(answer, Flood):
        await _pour(answer, writer, served)
    elif isinstance(answer, Trickle):
        await _drip(answer, writer)
    elif answer == SILENCE:
        await until_left(reader, served)
    elif answer == RESET:
        reset_when_closed(writer)
    elif answer == IN_CLEAR:
        writer.transport._ssl_protocol._transport.write(b"554 Too many nonmail commands\r\n")
        await until_left(reader, served)
    elif answer != HANG_UP:
        writer.write((answer if isinstance(answer, bytes) else answer.encode()) + b"\r\n")
        return True
    return False


def reset_when_closed(writer: asyncio.StreamWriter) -> None:
    """RST, and no FIN."""
    at_once = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)


async def _in_turn(
    answers: tuple[Said, ...], reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served
) -> bool:
    for number, answer in enumerate(answers):
        if (number and not await _line(reader, served)) or not await _answer(answer, reader, writer, served):
            return False
    return True


async def _pour(flood: Flood, writer: asyncio.StreamWriter, served: Served) -> None:
    try:
        while served.poured < flood.octets:
            writer.write(flood.chunk)
            await writer.drain()
            served.poured += len(flood.chunk)
    finally:
        served.left.set()


async def _drip(trickle: Trickle, writer: asyncio.StreamWriter) -> None:
    for byte in cycle(trickle.text):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)
