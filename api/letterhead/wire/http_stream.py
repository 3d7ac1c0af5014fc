"""httpcore's way to a server, by the guarded dialler."""

import asyncio
import ssl
from collections.abc import Iterable
from socket import socket
from typing import Any

from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream

from letterhead.wire.dial import Dialler
from letterhead.wire.handover import hand_over


class GuardedBackend(AsyncNetworkBackend):
    """Connects where the dialler lets it. Keeps no time: callers do. Raises NotReached, OSError, EOFError."""

    def __init__(self, dialler: Dialler, *, only_opened: bool = False) -> None:
        self._dialler = dialler
        self._only_opened = only_opened

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        sock = await self._dialler.connect_web(host.strip("[]"), port, only_opened=self._only_opened)
        return SocketStream(sock, self._dialler.tls)


class SocketStream(AsyncNetworkStream):
    """A connected socket. Nothing is read before it is known whether TLS is spoken, so that no plain text
    that came too early is taken for encrypted."""

    def __init__(self, sock: socket, tls: ssl.SSLContext) -> None:
        self._sock: socket | None = sock
        self._tls = tls
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> AsyncNetworkStream:
        # httpcore writes ALPN into the context it is given, and the dialler's serves mail too: so the one
        # that comes here is a blank, see ``letterhead.wire.http``.
        await self._open(tls=self._tls, host=(server_hostname or "").strip("[]"))
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        reader, _ = self._streams or await self._open()
        return await reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _, writer = self._streams or await self._open()
        writer.write(buffer)
        await writer.drain()

    async def aclose(self) -> None:
        if self._streams:
            self._streams[1].transport.abort()
        if self._sock:
            self._sock.close()
            self._sock = None

    def get_extra_info(self, info: str) -> Any:
        return self._streams[1].get_extra_info(info) if self._streams else None

    async def _open(
        self, *, tls: ssl.SSLContext | None = None, host: str | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        sock, self._sock = self._sock, None
        assert sock, "opened once"
        reader = asyncio.StreamReader()
        transport, protocol = await hand_over(
            sock, lambda: asyncio.StreamReaderProtocol(reader), tls=tls, host=host
        )
        writer = asyncio.StreamWriter(transport, protocol, reader, asyncio.get_running_loop())
        self._streams = reader, writer
        return self._streams
