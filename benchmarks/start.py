"""What it costs to start one process, and what it holds: until its first answer, at rest, and later.

python benchmarks/start.py [--rounds 5] [--requests 1000] [--python PATH]

The database is there and up to date. Beside the product a process with uvicorn, Starlette, Strawberry and one
field. ``--python``: of another environment with the product, such as one made from deploy/requirements.lock.
Processor time and memory as Linux counts them: all threads, /proc/PID/stat and /proc/PID/smaps_rollup.
"""

import argparse
import asyncio
import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(1, str(ROOT / "tests"))

import orjson  # noqa: E402
from others import rows  # noqa: E402
from others.asked import accounts_of_ours  # noqa: E402
from others.rows import Firm  # noqa: E402
from others.servers import KEYS  # noqa: E402

from lab.daemons import free_ports  # noqa: E402
from lab.postgres import running_postgres  # noqa: E402
from letterhead.store.database import migrate  # noqa: E402

FIRM = Firm(size=100)
AT_REST_SECONDS, PATIENCE_SECONDS = 3, 60
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """``arguments``: of Python. ``first``, ``then``: what it is asked, for its first answer and later."""

    name: str
    arguments: tuple[str, ...]
    env: Mapping[str, str]
    first: bytes
    then: bytes
    token: str = ""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds until the first answer, and megabytes: resident, and proportional to who shares them."""

    wall: float
    processor: float
    rest: float
    rest_proportional: float
    later: float
    later_proportional: float


def main() -> None:
    given = _arguments()
    with tempfile.TemporaryDirectory() as temporary, running_postgres() as postgres:
        home = Path(temporary)
        urls = {"SQLite": f"sqlite://{home / 'letterhead.db'}", "PostgreSQL": postgres.new_database()}
        for url in urls.values():
            asyncio.run(_filled(url))
        subjects = [_hello(), *(_ours(name, url, home) for name, url in urls.items())]
        found: dict[str, list[Measured]] = {subject.name: [] for subject in subjects}
        for number in range(given.rounds + 1):
            for subject in subjects:
                measured = _measure(subject, given.python, given.requests, home)
                if number:  # the first round fills the caches of the disk, and writes what Python compiles
                    found[subject.name].append(measured)
    _print(found, given.requests)


async def _filled(url: str) -> None:
    await migrate(url)
    await rows.write(url, [FIRM])


def _ours(database: str, url: str, home: Path) -> Subject:
    keys = home / "keys"
    keys.write_text(KEYS)
    keys.chmod(0o600)
    return Subject(
        name=f"Letterhead, {database}",
        arguments=("-m", "letterhead", "serve"),
        env={
            "LETTERHEAD_DATABASE_URL": url,
            "LETTERHEAD_KEY_FILE": str(keys),
            "LETTERHEAD_PORT": "{port}",
            "LETTERHEAD_COST_PER_MINUTE": "0",
        },
        first=b'{"query": "{ __typename }"}',
        then=orjson.dumps(accounts_of_ours(FIRM).body),
        token=FIRM.token,
    )


def _hello() -> Subject:
    options = ("--port", "{port}", "--loop", "uvloop", "--http", "httptools", "--no-access-log")
    return Subject(
        name="uvicorn, Starlette, Strawberry",
        arguments=("-m", "uvicorn", *options, "others.hello:app"),
        env={"PYTHONPATH": str(ROOT / "benchmarks")},
        first=b'{"query": "{ __typename }"}',
        then=b'{"query": "{ hello }"}',
    )


def _measure(subject: Subject, python: str, requests: int, home: Path) -> Measured:
    with _started(subject, python, home) as (process, port):
        wall, processor = _first_answer(subject, process, port)
        time.sleep(AT_REST_SECONDS)
        rest = _memory(process.pid)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(requests):
            _ask(connection, subject, subject.then)
        connection.close()
        later = _memory(process.pid)
    return Measured(
        wall=wall,
        processor=processor,
        rest=rest[0],
        rest_proportional=rest[1],
        later=later[0],
        later_proportional=later[1],
    )


@contextmanager
def _started(subject: Subject, python: str, home: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    [port] = free_ports(1)
    env = os.environ | {name: value.replace("{port}", str(port)) for name, value in subject.env.items()}
    command = [python, *(part.replace("{port}", str(port)) for part in subject.arguments)]
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(command, env=env, cwd=home, stdout=log, stderr=log)
    try:
        yield process, port
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


def _first_answer(subject: Subject, process: subprocess.Popen[bytes], port: int) -> tuple[float, float]:
    """Seconds since it was started: by the clock, and of the processor. Raises RuntimeError if it ends."""
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_SECONDS:
        if process.poll() is not None:
            raise RuntimeError(f"{subject.name} ended with {process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port)
        try:
            _ask(connection, subject, subject.first)
        except ConnectionError:
            time.sleep(0.005)
        else:
            return time.perf_counter() - began, _processor_seconds(process.pid)
        finally:
            connection.close()
    raise RuntimeError(f"{subject.name} did not answer")


def _ask(connection: http.client.HTTPConnection, subject: Subject, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {subject.token}"}
    connection.request("POST", "/graphql", body, headers)
    said = connection.getresponse().read()
    if b'"errors"' in said:
        raise RuntimeError(f"{subject.name} says {said[:500]!r}")


def _processor_seconds(pid: int) -> float:
    """Of all its threads, in the kernel too: the 14th and 15th field (proc_pid_stat(5))."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / TICKS


def _memory(pid: int) -> tuple[float, float]:
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    resident, proportional = (
        re.search(rf"^{name}: +(\d+) kB", told, re.MULTILINE) for name in ("Rss", "Pss")
    )
    assert resident is not None
    assert proportional is not None
    return int(resident[1]) / 1024, int(proportional[1]) / 1024


def _print(found: Mapping[str, list[Measured]], requests: int) -> None:
    headings = ["", "first answer", "processor time", "at rest", "proportional"]
    headings += [f"after {requests:,} requests", "proportional"]
    print(f"| {' | '.join(headings)} |", f"| --- |{' ---: |' * 6}", sep="\n")
    for name, several in found.items():
        values = {one.name: median(getattr(each, one.name) for each in several) for one in fields(Measured)}
        seconds = [f"{values.pop(name):.2f} s" for name in ("wall", "processor")]
        print(f"| {' | '.join([name, *seconds, *(f'{value:.0f} MB' for value in values.values())])} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--python", default=sys.executable)
    return parser.parse_args()


if __name__ == "__main__":
    main()
