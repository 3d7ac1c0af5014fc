"""Web servers that answer whatever a test writes down, byte for byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from wire.scripted import Served, talking

Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]

NOT_THERE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\nGone."


def ok(body: bytes, *headers: str) -> bytes:
    lines = ("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Connection: close", *headers, "", "")
    return "\r\n".join(lines).encode() + body


def to(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def later(seconds: float, answer: bytes) -> Answer:
    async def slowly(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(answer)

    return slowly


async def flood(writer: asyncio.StreamWriter) -> None:
    """50 MB without saying so."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _ in range(800):
        writer.write(b"x" * 65536)
        await writer.drain()


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@asynccontextmanager
async def web(pages: Mapping[str, Answer], *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    """``pages``: by host and path with query, such as ``example.test/a?b``. ``heard``: whole requests."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.splitlines()
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        served.heard.append(head + body.decode())
        answer = pages.get(fields["host"] + lines[0].split(" ")[1], NOT_THERE)
        if isinstance(answer, bytes):
            writer.write(answer)
        else:
            await answer(writer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with talking(talk, tls=tls) as served:
        yield served
