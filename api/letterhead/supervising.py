"""Several processes that answer on one port: begun together, replaced when they die, ended together."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import structlog
from prometheus_client.multiprocess import mark_process_dead

from letterhead.errors import ConfigurationError
from letterhead.serving import Listeners, listening
from letterhead.settings import Settings

log = structlog.get_logger(__name__)
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before a process that has died is replaced, the more often it dies the longer."""

SETTLED_SECONDS = 60
MISCONFIGURED = 1
"""The exit code after one line that says what an operator has to change."""

IN_ORDER = (0, -signal.SIGTERM)
"""The latter where it had not come as far as to listen to signals, and so had nothing in hand."""

GRACE_SECONDS = 10
"""Beyond the processes' own deadline, for what they do last."""


def check_can_share(settings: Settings) -> None:
    """Raises ConfigurationError."""
    if settings.database_url.startswith("sqlite:"):
        raise ConfigurationError("--workers: several processes need PostgreSQL; with SQLite there is one")
    if settings.sandbox:
        raise ConfigurationError("--workers, LETTERHEAD_SANDBOX: the sandbox runs beside one process only")


def inherited(sockets: str) -> Listeners:
    """What ``supervise`` has opened: the numbers of one or two descriptors."""
    callers, *operator = [socket.socket(fileno=int(number)) for number in sockets.split(",")]
    return Listeners(callers, operator[0] if operator else None)


def end_with_parent() -> None:
    """The parent holds the other end of standard input, and lets go of it only by ending."""

    def gone() -> None:
        loop.remove_reader(0)
        os.kill(os.getpid(), signal.SIGTERM)

    loop = asyncio.get_running_loop()
    loop.add_reader(0, gone)


async def supervise(settings: Settings, workers: int) -> int:
    """Until the process is asked to end. The exit code: 0 when all have ended in order.

    Raises ConfigurationError.
    """
    listeners, ending = listening(settings), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    port = listeners.callers.getsockname()[1]
    log.info("serving", address=f"http://{settings.host}:{port}/graphql", processes=workers)
    with tempfile.TemporaryDirectory(prefix="letterhead-metrics-") as folder:
        places = [_Place(settings, listeners, Path(folder), ending) for _ in range(workers)]
        try:
            codes = await asyncio.gather(*(place.keep() for place in places))
        finally:
            listeners.close()
    return max(codes)


@dataclass
class _Place:
    """One of the processes, and whoever takes its place."""

    settings: Settings
    listeners: Listeners
    metrics: Path
    ending: asyncio.Event
    deaths: int = 0

    async def keep(self) -> int:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            process = await self._begin()
            code = await self._watch(process)
            mark_process_dead(process.pid, path=str(self.metrics))
            if self.ending.is_set():
                return 0 if code in IN_ORDER else 1
            if code == MISCONFIGURED and not self.deaths:
                self.ending.set()
                return MISCONFIGURED
            self.deaths = 1 if loop.time() - began > SETTLED_SECONDS else self.deaths + 1
            pause = PAUSES[min(self.deaths, len(PAUSES)) - 1]
            log.error("a process died and is replaced", pid=process.pid, code=code, in_seconds=pause)
            if await self._ended_within(pause):
                return 1

    async def _begin(self) -> asyncio.subprocess.Process:
        sockets = [one for one in (self.listeners.callers, self.listeners.operator) if one]
        numbers = [one.fileno() for one in sockets]
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "letterhead", "serve", "--sockets", ",".join(map(str, numbers))),
            stdin=asyncio.subprocess.PIPE,
            pass_fds=numbers,
            start_new_session=True,  # what a terminal sends at Ctrl-C comes from us, once
            env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(self.metrics)},
        )

    async def _watch(self, process: asyncio.subprocess.Process) -> int:
        """Its exit code, once it has ended by itself or by our wish."""
        asked, ended = asyncio.create_task(self.ending.wait()), asyncio.create_task(process.wait())
        try:
            await asyncio.wait({asked, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                process.send_signal(signal.SIGTERM)
                await asyncio.wait({ended}, timeout=GRACE_SECONDS + self.settings.shutdown_seconds)
            if not ended.done():
                log.error("a process did not end in time and was killed", pid=process.pid)
                process.kill()
            return await ended
        finally:
            asked.cancel()

    async def _ended_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.ending.wait()
        except TimeoutError:
            return False
        return True
