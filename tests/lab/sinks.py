"""An SMTP server that does whatever a test wants, and remembers everything it was told.

async with counting_smtp_server(certificate=cert, answers={"RCPT": "452 4.2.2 Mailbox full"}) as sink:
    ...
assert sink.count("AUTH") == 1
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

import trustme


class Rudeness(Enum):
    """What a server may do instead of answering."""

    HANG_UP = "closes the connection"
    SILENCE = "says nothing, for ever"


@dataclass
class Session:
    """``commands``: every line up to DATA's content, with secrets. ``messages``: as sent, dots removed."""

    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    secured: bool = False


Answer = str | bytes | Rudeness | Awaitable[str]
Script = Mapping[str, Answer | Callable[[Session], Answer]]
"""An answer by verb, without the last line end; or what makes it, asked after the command was recorded.

Besides verbs: ``greeting``, and ``.`` for the answer to a message.
"""

POLITE: Script = MappingProxyType(
    {
        "greeting": "220 sink.lab.example ESMTP",
        "STARTTLS": "220 2.0.0 Go ahead",
        "AUTH": "235 2.7.0 Welcome",
        "MAIL": "250 2.1.0 Ok",
        "RCPT": "250 2.1.5 Ok",
        "DATA": "354 Go ahead",
        ".": "250 2.0.0 Ok: taken",
        "RSET": "250 2.0.0 Ok",
        "NOOP": "250 2.0.0 Ok",
        "QUIT": "221 2.0.0 Bye",
    }
)


@dataclass
class Sink:
    port: int
    sessions: list[Session] = field(default_factory=list)

    @property
    def commands(self) -> list[str]:
        return [command for session in self.sessions for command in session.commands]

    @property
    def messages(self) -> list[bytes]:
        return [message for session in self.sessions for message in session.messages]

    def count(self, verb: str) -> int:
        return sum(command.split(" ")[0].upper() == verb for command in self.commands)


@asynccontextmanager
async def counting_smtp_server(
    *,
    certificate: trustme.LeafCert | None = None,
    implicit_tls: bool = False,
    capabilities: Sequence[str] = (
        "PIPELINING",
        "8BITMIME",
        "ENHANCEDSTATUSCODES",
        "AUTH PLAIN LOGIN XOAUTH2",
    ),
    answers: Script = MappingProxyType({}),
) -> AsyncIterator[Sink]:
    """Listens on a free port of 127.0.0.1. With a certificate it offers STARTTLS until that was done."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if certificate:
        certificate.configure_cert(context)
    sink = Sink(port=0)
    talks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        talks.add(task)
        session = Session(secured=implicit_tls)
        sink.sessions.append(session)
        talk = Talk(
            reader, writer, session, {**POLITE, **answers}, capabilities, context if certificate else None
        )
        try:
            with suppress(HungUpError, OSError, asyncio.IncompleteReadError):
                await talk.run()
        finally:
            talks.discard(task)
            writer.transport.abort() if talk.rude else writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context if implicit_tls else None)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


class HungUpError(Exception):
    """The server was told to close the connection."""


@dataclass
class Talk:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    session: Session
    script: Script
    capabilities: Sequence[str]
    context: ssl.SSLContext | None
    rude: bool = False

    async def run(self) -> None:
        await self.answer("greeting")
        while verb := (await self.command()).split(" ")[0].upper():
            match verb:
                case "EHLO" | "HELO" if verb not in self.script:
                    await self.say(self.introduction())
                case "AUTH" if not callable(self.script["AUTH"]):
                    await self.challenges()
                    await self.answer("AUTH")
                case "STARTTLS":
                    await self.start_tls()
                case "DATA":
                    await self.data()
                case _:
                    await self.answer(verb)
            if verb == "QUIT":
                return

    async def command(self) -> str:
        line = (await self.reader.readuntil(b"\r\n")).decode(errors="surrogateescape").removesuffix("\r\n")
        self.session.commands.append(line)
        return line

    async def answer(self, verb: str) -> str:
        answer = self.script.get(verb, "502 5.5.1 No such command")
        if callable(answer):
            answer = answer(self.session)
        if isinstance(answer, Awaitable):
            answer = await answer
        if answer is Rudeness.SILENCE:
            await asyncio.Event().wait()
        if answer is Rudeness.HANG_UP:
            self.rude = True
            raise HungUpError
        assert isinstance(answer, str | bytes)
        return await self.say(answer)

    async def say(self, answer: str | bytes) -> str:
        raw = answer if isinstance(answer, bytes) else answer.replace("\n", "\r\n").encode() + b"\r\n"
        self.writer.write(raw)
        await self.writer.drain()
        return raw.decode(errors="replace")

    def introduction(self) -> str:
        offers_tls = self.context is not None and not self.session.secured
        lines = ["sink.lab.example", *self.capabilities, *(["STARTTLS"] if offers_tls else [])]
        return "\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

    async def challenges(self) -> None:
        """What PLAIN and LOGIN ask for where it did not come with the command (RFC 4954 section 4)."""
        mechanism, *initial = self.session.commands[-1].split(" ")[1:]
        wanted = {"PLAIN": [""], "LOGIN": ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"]}.get(mechanism.upper(), [])
        for challenge in wanted[len(initial) :]:
            await self.say(f"334 {challenge}")
            await self.command()

    async def start_tls(self) -> None:
        said = await self.answer("STARTTLS")
        if self.context and said.startswith("220"):
            await self.writer.start_tls(self.context)
            self.session.secured = True

    async def data(self) -> None:
        said = await self.answer("DATA")
        if not said.startswith("354"):
            return
        lines = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        if lines:  # a lone dot calls off what was said to nobody (RFC 2920 section 3.1)
            self.session.messages.append(b"".join(lines))
        await self.answer(".")
