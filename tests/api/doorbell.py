"""Who comes to a port of this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Doorbell:
    port: int
    rung: int = 0


@asynccontextmanager
async def ringing() -> AsyncIterator[Doorbell]:
    """Counts connections, and says nothing."""
    bell = Doorbell(port=0)

    async def ring(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bell.rung += 1
        writer.close()

    listening = await asyncio.start_server(ring, "127.0.0.1", 0)
    bell.port = listening.sockets[0].getsockname()[1]
    try:
        yield bell
    finally:
        listening.close()
