"""A small server for those who run the product, apart from the one that callers reach."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from letterhead.house import House
from letterhead.metrics import multiprocess_folder
from letterhead.operate.facts import FactsAtHand
from letterhead.operate.health import Health

log = structlog.get_logger(__name__)


@asynccontextmanager
async def operator_port(house: House, listener: socket.socket | None) -> AsyncIterator[None]:
    """``/healthz``, ``/readyz`` and ``/metrics`` while the block runs; nothing without a listener."""
    if listener is None:
        yield
        return
    config = uvicorn.Config(
        operator_app(house),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        ws="none",
        limit_concurrency=20,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    serving = asyncio.create_task(server.main_loop())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        await server.shutdown(sockets=[listener])


def operator_app(house: House) -> Starlette:
    facts = FactsAtHand()

    async def metrics(request: Request) -> Response:
        try:
            known = await facts.read()
        except Exception as exc:  # noqa: BLE001 - what is counted here is shown all the same
            log.warning("the database could not be asked for numbers", error=type(exc).__name__)
            return Response(_counted(house), media_type=CONTENT_TYPE_LATEST)
        of_database = CollectorRegistry()
        of_database.register(known)
        return Response(_counted(house) + generate_latest(of_database), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[*Health(house).routes(), Route("/metrics", metrics)])


def _counted(house: House) -> bytes:
    """By this process, or by all that share a listening socket."""
    folder = multiprocess_folder(os.environ)
    if folder is None:
        process = CollectorRegistry()
        ProcessCollector(registry=process)
        return generate_latest(house.metrics.registry) + generate_latest(process)
    together = CollectorRegistry()
    MultiProcessCollector(together, path=folder)
    return generate_latest(together)
