"""The servers that are compared, each a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.daemons import daemon, free_ports, listens_on
from others import asked

HERE = Path(__file__).parent
POSTGRAPHILE = HERE / "postgraphile"
BIN = Path(sys.executable).parent
KEYS = "benchmark:" + "A" * 43 + "=\n"


@dataclass(frozen=True, kw_only=True)
class Server:
    """``ways``: by the work, how it is asked for it."""

    name: str
    port: int
    ways: Mapping[str, asked.Way]

    def resident_megabytes(self) -> float:
        """Of the process that listens, just now."""
        listening = subprocess.run(
            ["ss", "-Hltnp", f"sport = :{self.port}"], check=True, capture_output=True, text=True
        )
        pid = listening.stdout.partition("pid=")[2].partition(",")[0]
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


OURS = {"page": asked.accounts_of_ours, "senders": asked.senders_of_ours}
POSTGRAPHILES = {"page": asked.accounts_of_postgraphile, "senders": asked.senders_of_postgraphile}
BY_HAND = {"page": asked.accounts_by_hand, "senders": asked.senders_by_hand}
ORM = {"page": asked.accounts_of_an_orm}


@contextmanager
def started(
    name: str, command: Sequence[str], ways: Mapping[str, asked.Way], env: Mapping[str, str], log: Path
) -> Iterator[Server]:
    """``{port}`` in the command and the environment stands for its port."""
    [port] = free_ports(1)

    def filled(text: str) -> str:
        return text.replace("{port}", str(port))

    given = {key: filled(value) for key, value in env.items()}
    with daemon([filled(part) for part in command], ready=listens_on(port), log=log, env=given, seconds=60):
        yield Server(name=name, port=port, ways=ways)


def ours(name: str, url: str, home: Path) -> Iterator[Server]:
    """As ``letterhead serve`` runs it: with callers, limits, masking and logging. The allowance alone is
    without end, because all of it is asked by one caller."""
    keys = home / "keys"
    keys.write_text(KEYS)
    keys.chmod(0o600)
    env = {
        "LETTERHEAD_DATABASE_URL": url,
        "LETTERHEAD_KEY_FILE": str(keys),
        "LETTERHEAD_PORT": "{port}",
        "LETTERHEAD_COST_PER_MINUTE": "0",
    }
    with started(name, [str(BIN / "letterhead"), "serve"], OURS, env, home / "ours.log") as server:
        yield server


def postgraphile(name: str, url: str, home: Path) -> Iterator[Server]:
    node = POSTGRAPHILE / "node_modules/node/bin/node"
    if not node.exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=POSTGRAPHILE, check=True)
    env = {"DATABASE_URL": url, "PORT": "{port}", "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    command = [str(node), str(POSTGRAPHILE / "server.js")]
    with started(name, command, POSTGRAPHILES, env, home / "postgraphile.log") as server:
        yield server


def uvicorn(module: str, ways: Mapping[str, asked.Way]) -> Callable[[str, str, Path], Iterator[Server]]:
    """A server of ``module`` beside this one, for ``started_all``."""

    def serve(name: str, url: str, home: Path) -> Iterator[Server]:
        options = [
            "--port",
            "{port}",
            "--loop",
            "uvloop",
            "--http",
            "httptools",
            "--no-access-log",
            "--log-level",
            "warning",
        ]
        command = [sys.executable, "-m", "uvicorn", f"others.{module}:app", *options]
        env = {"DATABASE_URL": url, "PYTHONPATH": os.pathsep.join((str(HERE.parent), *sys.path[1:2]))}
        with started(name, command, ways, env, home / f"{module}.log") as server:
            yield server

    return serve


STARTS: dict[str, tuple[str, Callable[[str, str, Path], Iterator[Server]]]] = {
    "Letterhead": ("postgres", ours),
    "Letterhead, SQLite": ("sqlite", ours),
    "PostGraphile 5": ("postgres", postgraphile),
    "by hand": ("postgres", uvicorn("by_hand", BY_HAND)),
}
"""By the name in the tables: on which database, and how."""
