"""What the commands that go on running do, from the start to the orderly end."""

import asyncio
import contextlib
import resource
import signal

import structlog

from letterhead.app import open_house, working
from letterhead.operate.port import operator_port
from letterhead.serving import leave_what_stays, operator_listener, serving
from letterhead.settings import Settings
from letterhead.store.database import migrate
from letterhead.supervising import check_can_share, end_with_parent, inherited, supervise

log = structlog.get_logger(__name__)


async def serve(settings: Settings, *, workers: int = 1, sockets: str = "") -> int:
    """The exit code. ``sockets``: shared with other processes, by a parent that has seen to the rest.

    Raises ConfigurationError.
    """
    _leave_no_core()
    if workers > 1:
        check_can_share(settings)
    if sockets:
        end_with_parent()
    else:
        await migrate(settings.database_url)
    if workers > 1:
        return await supervise(settings, workers)
    async with serving(settings, inherited(sockets) if sockets else None) as server:
        leave_what_stays()
        log.info("serving", address=f"{server.address}/graphql", worker=settings.worker)
        await server.ended
    return 0


async def work(settings: Settings) -> None:
    """Raises ConfigurationError."""
    _leave_no_core()
    await migrate(settings.database_url)
    listener = operator_listener(settings)
    with contextlib.closing(listener) if listener else contextlib.nullcontext():
        async with (
            open_house(settings) as house,
            operator_port(house, listener),
            working(house, deliver=True),
        ):
            await _asked_to_end()


def _leave_no_core() -> None:
    """The memory of a process that crashes holds the keys, and whatever was opened with them."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


async def _asked_to_end() -> None:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()
