"""A server around a running house."""

import asyncio
import contextlib
import gc
import math
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
import uvicorn

from letterhead.app import close, make_app, open_house, working
from letterhead.errors import ConfigurationError
from letterhead.front.patience import patient
from letterhead.house import House
from letterhead.operate.port import operator_port
from letterhead.settings import Settings

log = structlog.get_logger(__name__)
GOODBYE_SECONDS = 2.0
GC_THRESHOLD = 100_000


@dataclass(frozen=True)
class Serving:
    """``address``: such as http://127.0.0.1:8025. ``ended``: done when the server has stopped."""

    house: House
    address: str
    ended: asyncio.Task[None]


@dataclass(frozen=True)
class Listeners:
    """Where callers reach the server, and where whoever runs it does."""

    callers: socket.socket
    operator: socket.socket | None

    def close(self) -> None:
        self.callers.close()
        if self.operator:
            self.operator.close()


class Server(uvicorn.Server):
    """Says goodbye to those who watch before it hangs up, and lets requests end within the time there is."""

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self._house = house

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        close(self._house)
        await self._house.closing.goodbyes(seconds=GOODBYE_SECONDS)
        self.config.timeout_graceful_shutdown = math.ceil(self._house.closing.seconds_left())
        await super().shutdown(sockets)


@asynccontextmanager
async def serving(settings: Settings, listeners: Listeners | None = None) -> AsyncIterator[Serving]:
    """Answers requests while the block runs. Raises ConfigurationError before anything is answered.

    ``listeners``: open already, because other processes share them.
    """
    with contextlib.closing(listeners or listening(settings)) as places:
        async with (
            open_house(settings) as house,
            operator_port(house, places.operator),
            working(house, deliver=settings.worker),
        ):
            server = Server(
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
                ),
                house,
            )
            ended = asyncio.create_task(_serve(server, places.callers))
            try:
                port = places.callers.getsockname()[1]
                yield Serving(house, f"http://{settings.host}:{port}", ended)
            finally:
                server.should_exit = True
                await ended


def leave_what_stays() -> None:
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


def listening(settings: Settings) -> Listeners:
    """Raises ConfigurationError."""
    operator = operator_listener(settings)
    try:
        names = "LETTERHEAD_HOST, LETTERHEAD_PORT"
        return Listeners(_listener(settings.host, settings.port, names), operator)
    except ConfigurationError:
        if operator:
            operator.close()
        raise


def operator_listener(settings: Settings) -> socket.socket | None:
    """Raises ConfigurationError."""
    if settings.metrics_port is None:
        return None
    names = "LETTERHEAD_METRICS_HOST, LETTERHEAD_METRICS_PORT"
    return _listener(settings.metrics_host, settings.metrics_port, names)


def _listener(host: str, port: int, names: str) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
    except OSError as exc:
        number = exc.errno or 0
        if number <= 0:  # getaddrinfo's: the host is no name of a machine, so it may be anything
            raise ConfigurationError(f"{names}: there is no such address to listen on") from None
        raise ConfigurationError(f"{names}: cannot listen on {host}:{port}: {os.strerror(number)}") from None
    # asyncio leaves this out for sockets it is given, and answers took 40 ms more.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
