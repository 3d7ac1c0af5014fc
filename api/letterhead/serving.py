"""A server around a running house."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
import uvicorn

from letterhead.app import make_app, open_house, working
from letterhead.errors import ConfigurationError
from letterhead.front.patience import patient
from letterhead.house import House
from letterhead.settings import Settings

log = structlog.get_logger(__name__)
DRAIN_SECONDS = 10
GC_THRESHOLD = 20_000


@dataclass(frozen=True)
class Serving:
    """``address``: such as http://127.0.0.1:8025. ``ended``: done when the server has stopped."""

    house: House
    address: str
    ended: asyncio.Task[None]


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Serving]:
    """Answers requests while the block runs. Raises ConfigurationError before anything is answered."""
    with contextlib.closing(_listening(settings)) as listener:
        async with open_house(settings) as house, working(house, deliver=settings.worker):
            server = uvicorn.Server(
                uvicorn.Config(
                    make_app(house),
                    log_config=None,
                    access_log=False,
                    lifespan="off",
                    server_header=False,
                    http=patient(settings.request_seconds),
                    limit_concurrency=settings.connections,
                    ws_max_size=settings.request_octets,
                    ws_per_message_deflate=False,
                    timeout_graceful_shutdown=DRAIN_SECONDS,
                )
            )
            _leave_what_stays()
            ended = asyncio.create_task(_serve(server, listener))
            try:
                port = listener.getsockname()[1]
                yield Serving(house, f"http://{settings.host}:{port}", ended)
            finally:
                server.should_exit = True
                await ended


def _leave_what_stays() -> None:
    """Modules and the schema last as long as the process: looking through them whenever a large answer has
    been made took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    """Until the process is asked to end. uvicorn then sends itself the signal again, which by default would
    kill us before the worker has finished what it has in hand."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, log.debug, "asked to end")
    try:
        await server.serve(sockets=[listener])
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _listening(settings: Settings) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listener = socket.create_server((settings.host, settings.port), family=family)
    except OSError as exc:
        raise ConfigurationError(
            f"LETTERHEAD_HOST, LETTERHEAD_PORT: cannot listen on {settings.host}:{settings.port}: "
            f"{exc.strerror}"
        ) from None
    # asyncio leaves this out for sockets it is given, and answers took 40 ms more.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
