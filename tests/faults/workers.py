"""Workers and servers as processes that may be harmed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

PATIENCE_SECONDS = 45


@dataclass
class Worker:
    """``letterhead worker`` or ``letterhead serve``, in a process of its own."""

    pid: int
    log: Path

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def ready(self) -> None:
        """It can be asked to end: it catches SIGTERM."""

        def catches() -> bool:
            caught = Path(f"/proc/{self.pid}/status").read_text().partition("SigCgt:")[2].split()[0]
            return bool(int(caught, 16) & 1 << signal.SIGTERM - 1)

        await eventually(catches, "it has not started")

    async def stopped(self) -> None:
        """Until a SIGSTOP has done its work."""
        await eventually(lambda: " T " in Path(f"/proc/{self.pid}/stat").read_text(), "it is not stopped")

    async def ended(self) -> int:
        """Its exit code, or the signal that ended it as a negative number."""
        await eventually(self.log.with_suffix(".exit").exists, f"it has not ended; see {self.log}")
        return int(self.log.with_suffix(".exit").read_text())

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert await self.ended() == -signal.SIGKILL


class Launch(Protocol):
    """``fault``: arguments of ``inside.prepare``; None leaves everything as it is."""

    def __call__(
        self,
        environment: Mapping[str, str],
        fault: Mapping[str, Any] | None,
        log: Path,
        command: str = "worker",
    ) -> Worker: ...


@contextmanager
def launching() -> Iterator[Launch]:
    launcher = subprocess.Popen(
        [sys.executable, "-m", "faults.launcher"],
        cwd=Path(__file__).parents[1],
        env={key: value for key, value in os.environ.items() if not key.startswith("LETTERHEAD_")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    orders, answers = launcher.stdin, launcher.stdout
    assert orders
    assert answers

    def start(
        environment: Mapping[str, str], fault: Mapping[str, Any] | None, log: Path, command: str = "worker"
    ) -> Worker:
        order = {"command": command, "environment": dict(environment), "fault": fault, "log": str(log)}
        orders.write(json.dumps(order) + "\n")
        orders.flush()
        return Worker(int(answers.readline()), log)

    try:
        yield start
    finally:
        orders.close()
        launcher.wait(60)
        answers.close()


async def eventually(is_so: Callable[[], Any], otherwise: str) -> None:
    """``is_so``: a function, also one that has to be awaited."""
    until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        found = is_so()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        assert asyncio.get_running_loop().time() < until, otherwise
        await asyncio.sleep(0.01)
