"""The product as an operator starts it: a process of its own."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

COMMAND = (sys.executable, "-m", "letterhead")


@dataclass(frozen=True)
class Process:
    address: str
    running: asyncio.subprocess.Process

    async def kill(self) -> None:
        """SIGKILL: nothing of it gets to clean up."""
        self.running.kill()
        await self.running.wait()


def letterhead(*arguments: str, environment: Mapping[str, str]) -> str:
    """What a command prints."""
    return subprocess.run(
        [*COMMAND, *arguments], check=True, capture_output=True, text=True, env=_whole(environment)
    ).stdout.strip()


@asynccontextmanager
async def served(environment: Mapping[str, str], log: Path, *arguments: str) -> AsyncIterator[Process]:
    """``letterhead serve`` with ``arguments``, once it answers; terminated at the end if it still runs."""
    port = _free_port()
    with log.open("ab") as output:
        running = await asyncio.create_subprocess_exec(
            *COMMAND,
            "serve",
            *arguments,
            env=_whole(environment) | {"LETTERHEAD_PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    process = Process(f"http://127.0.0.1:{port}", running)
    try:
        await _until_healthy(process, log)
        yield process
    finally:
        if running.returncode is None:
            running.terminate()
            await asyncio.wait_for(running.wait(), 20)


async def _until_healthy(process: Process, log: Path) -> None:
    async with asyncio.timeout(60), httpx2.AsyncClient() as client:
        while True:
            assert process.running.returncode is None, f"it ended; see {log}"
            try:
                if (await client.get(f"{process.address}/healthz")).status_code == 200:
                    return
            except httpx2.TransportError:
                await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _whole(environment: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("LETTERHEAD_")} | dict(
        environment
    )
