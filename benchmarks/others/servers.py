"""The servers that are compared, each a process of its own."""

import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from lab.daemons import daemon, free_ports, listens_on
from others import asked

HERE = Path(__file__).parent
POSTGRAPHILE, ARIADNE = HERE / "postgraphile", HERE / "ariadne"
BIN = Path(sys.executable).parent
KEYS = "benchmark:" + "A" * 43 + "=\n"


@dataclass(frozen=True, kw_only=True)
class Server:
    """``ways``: by the work, how it is asked for it. ``made_of``: what it ran with, and its version."""

    name: str
    port: int
    ways: Mapping[str, asked.Way]
    made_of: str

    def resident_megabytes(self) -> float:
        """Of the process that listens, just now."""
        listening = subprocess.run(
            ["ss", "-Hltnp", f"sport = :{self.port}"], check=True, capture_output=True, text=True
        )
        pid = listening.stdout.partition("pid=")[2].partition(",")[0]
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


OURS = {"page": asked.accounts_of_ours, "senders": asked.senders_of_ours, "wide": asked.wide_of_ours}
OWN_SCHEMA = {"page": asked.accounts_of_ours, "wide": asked.wide_of_ours}
POSTGRAPHILES = {"page": asked.accounts_of_postgraphile, "senders": asked.senders_of_postgraphile}
BY_HAND = {"page": asked.accounts_by_hand, "senders": asked.senders_by_hand}
ORM = {"page": asked.accounts_of_an_orm}
UVICORN = (
    *("-m", "uvicorn", "--port", "{port}", "--loop", "uvloop", "--http", "httptools"),
    *("--no-access-log", "--log-level", "warning"),
)
Start = Callable[[str, str, Path], Iterator[Server]]
"""Of a name, a database and a folder."""


@contextmanager
def started(
    name: str,
    command: Sequence[str],
    ways: Mapping[str, asked.Way],
    env: Mapping[str, str],
    log: Path,
    *,
    made_of: str,
) -> Iterator[Server]:
    """``{port}`` in the command and the environment stands for its port."""
    [port] = free_ports(1)

    def filled(text: str) -> str:
        return text.replace("{port}", str(port))

    given = {key: filled(value) for key, value in env.items()}
    with daemon([filled(part) for part in command], ready=listens_on(port), log=log, env=given, seconds=60):
        yield Server(name=name, port=port, ways=ways, made_of=made_of)


def ours(name: str, url: str, home: Path) -> Iterator[Server]:
    """As ``letterhead serve`` runs it: with callers, limits, masking and a log in JSON, as deploy/ sets it.
    The allowance alone is without end, because all of it is asked by one caller."""
    made_of = _versions(sys.executable, "letterhead", "graphql-core", "tortoise-orm", "uvicorn")
    env = _settings(url, home) | {
        "LETTERHEAD_PORT": "{port}",
        "LETTERHEAD_LOG_FORMAT": "json",
        "LETTERHEAD_COST_PER_MINUTE": "0",
    }
    with started(
        name, [str(BIN / "letterhead"), "serve"], OURS, env, home / "ours.log", made_of=made_of
    ) as server:
        yield server


def _settings(url: str, home: Path) -> dict[str, str]:
    keys = home / "keys"
    keys.write_text(KEYS)
    keys.chmod(0o600)
    return {"LETTERHEAD_DATABASE_URL": url, "LETTERHEAD_KEY_FILE": str(keys)}


def postgraphile(name: str, url: str, home: Path) -> Iterator[Server]:
    """On the Node of its own environment. npm itself runs on the machine's, and would warn of its age."""
    node = POSTGRAPHILE / "node_modules/node/bin/node"
    if not node.exists():
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=POSTGRAPHILE, check=True
        )
    version = _output(str(node), "--version")
    assert int(version.removeprefix("v").partition(".")[0]) >= 22, f"PostGraphile needs Node 22: {version}"
    installed = orjson.loads((POSTGRAPHILE / "node_modules/postgraphile/package.json").read_bytes())
    env = {"DATABASE_URL": url, "PORT": "{port}", "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    with started(
        name,
        [str(node), str(POSTGRAPHILE / "server.js")],
        POSTGRAPHILES,
        env,
        home / "postgraphile.log",
        made_of=f"postgraphile {installed['version']}, Node {version}",
    ) as server:
        yield server


def own_schema(name: str, url: str, home: Path) -> Iterator[Server]:
    env = _settings(url, home)
    yield from _uvicorn(name, "own_schema", OWN_SCHEMA, env, home, "strawberry-graphql", "graphql-core")


def strawberry(name: str, url: str, home: Path) -> Iterator[Server]:
    made_of = ("strawberry-graphql", "graphql-core", "tortoise-orm")
    yield from _uvicorn(name, "strawberry_tortoise", ORM, {"DATABASE_URL": url}, home, *made_of)


def ariadne(name: str, url: str, home: Path) -> Iterator[Server]:
    python, ready = ARIADNE / ".venv/bin/python", ARIADNE / ".venv/.ready"
    if not ready.exists():
        venv.create(ARIADNE / ".venv", with_pip=True, clear=True)
        install = (python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r")
        subprocess.run([*install, ARIADNE / "requirements.lock"], check=True)
        ready.touch()
    made_of = ("ariadne", "graphql-core", "tortoise-orm")
    yield from _uvicorn(name, "ariadne.app", ORM, {"DATABASE_URL": url}, home, *made_of, python=str(python))


def by_hand(name: str, url: str, home: Path) -> Iterator[Server]:
    yield from _uvicorn(name, "by_hand", BY_HAND, {"DATABASE_URL": url}, home, "starlette", "asyncpg")


def _uvicorn(
    name: str,
    module: str,
    ways: Mapping[str, asked.Way],
    env: Mapping[str, str],
    home: Path,
    *packages: str,
    python: str = sys.executable,
) -> Iterator[Server]:
    """``module``: beside this one. ``packages``: those to tell the versions of."""
    command = [python, *UVICORN, f"others.{module}:app"]
    given = {**env, "PYTHONPATH": str(HERE.parent)}
    made_of = _versions(python, *packages, "uvicorn")
    with started(name, command, ways, given, home / f"{module}.log", made_of=made_of) as server:
        yield server


def _versions(python: str, *names: str) -> str:
    show = "import importlib.metadata as m; print(', '.join(f'{{n}} {{m.version(n)}}' for n in {}))"
    return f"{_output(python, '-c', show.format(names))}, {_output(python, '--version')}"


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


STARTS: dict[str, tuple[str, Start]] = {
    "Letterhead": ("postgres", ours),
    "Letterhead, SQLite": ("sqlite", ours),
    "plain Strawberry, same resolvers": ("postgres", own_schema),
    "Strawberry + Tortoise": ("postgres", strawberry),
    "Ariadne + Tortoise": ("postgres", ariadne),
    "PostGraphile 5": ("postgres", postgraphile),
    "by hand": ("postgres", by_hand),
}
"""By the name in the tables: on which database, and how."""
