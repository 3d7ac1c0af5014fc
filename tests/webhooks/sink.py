"""A tool that is told of events: an https server of the laboratory that checks every signature."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

from lab.web import to
from wire.scripted import Served, talking

SILENCE = -1
METADATA = to("http://169.254.169.254/latest/meta-data/", 307)


@dataclass
class Told:
    """``events``: verified ones with their ids, in order. ``answers``: statuses to answer with; then 204."""

    served: Served
    answers: Iterator[int | bytes]
    secret: str = ""
    host: str = "127.0.0.1"
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.served.port}/events?for=crm"

    @property
    def types(self) -> list[str]:
        return [event["type"] for _, event in self.events]

    async def until(self, several: int) -> list[dict[str, Any]]:
        """That many events, or more."""
        async with asyncio.timeout(90):
            while len(self.events) < several:
                self.news.clear()
                await self.news.wait()
        return [event for _, event in self.events]


@asynccontextmanager
async def sink(tls: ssl.SSLContext, *answers: int | bytes) -> AsyncIterator[Told]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.splitlines()
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:] if line)}
        body = await reader.readexactly(int(fields["content-length"]))
        event = Webhook(told.secret).verify(body, fields) if told.secret else json.loads(body)
        answer = next(told.answers, 204)
        told.events.append((fields["webhook-id"], event))
        told.news.set()
        if answer == SILENCE:
            await asyncio.Event().wait()
        said = answer if isinstance(answer, bytes) else f"HTTP/1.1 {answer} Said\r\n\r\n".encode()
        writer.write(said)
        await writer.drain()

    async with talking(talk, tls=tls) as served:
        told = Told(served, iter(answers))
        yield told
