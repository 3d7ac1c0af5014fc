"""Between a worker and PostgreSQL: it can be away, and it can lose the answer to a COMMIT."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

COMMIT = b"COMMIT;\0"
"""The end of the simple query with which asyncpg ends a transaction."""


class Proxy:
    """``url``: the database, by way of it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
        self._name = f"{parts.username}@{{host}}{parts.path}"
        self._server: asyncio.Server | None = None
        self._port = 0
        self._away = True
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._losing: bytes | None = None
        self.lost = asyncio.Event()

    @property
    def url(self) -> str:
        return f"postgres://{self._name.format(host=f'127.0.0.1:{self._port}')}"

    async def back(self) -> None:
        self._away = False
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def away(self) -> None:
        """Every connection is gone, and none can be made."""
        assert self._server
        self._away = True
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    def lose_answer_to(self, statement: bytes) -> None:
        """The next time somebody says this, the database hears it, then the connection ends unanswered."""
        self._losing = statement

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_there = await asyncio.open_unix_connection(self._socket)
        both = {writer, to_there}
        if self._away:
            for one in both:
                one.transport.abort()
            return
        self._open |= both
        answers = asyncio.create_task(self._answers(there, writer))
        self._tasks.add(answers)
        with suppress(OSError):
            while said := await reader.read(65536):
                cut = self._losing is not None and self._losing in said
                if cut:
                    self._losing = None
                    answers.cancel()
                    await asyncio.wait({answers})
                to_there.write(said)
                await to_there.drain()
                if cut:
                    await there.read(65536)  # it has been done
                    self.lost.set()
                    break
        for one in both:
            one.transport.abort()
        self._open -= both
        answers.cancel()

    async def _answers(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while said := await there.read(65536):
                writer.write(said)
                await writer.drain()
        writer.transport.abort()

    async def close(self) -> None:
        self.away()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(url)
    await proxy.back()
    try:
        yield proxy
    finally:
        await proxy.close()
