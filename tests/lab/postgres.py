"""A PostgreSQL server of our own, without a network, and as many databases in it as tests ask for."""

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest

from lab.daemons import daemon
from lab.needs import missing, program

USER = "letterhead"
SETTINGS = ("listen_addresses=", "max_connections=200")
IN_HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""Nothing in it has to outlive the machine."""


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    """``home``: where its unix socket is. ``createdb``: the client program that makes a database."""

    home: Path
    createdb: str

    def new_database(self, template: str | None = None) -> str:
        """The URL of a new database, empty or copied from the one that ``template`` is the URL of.

        Nobody may be connected to the template.
        """
        name = f"test_{next(NUMBERS)}"
        copied = ["--template", template.rpartition("/")[2].partition("?")[0]] if template else []
        subprocess.run(
            [self.createdb, "--host", self.home, "--username", USER, *copied, name],
            check=True,
            capture_output=True,
        )
        return f"postgres://{USER}@/{name}?host={quote(str(self.home), safe='')}"


NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Skips where PostgreSQL's programs are missing."""
    with running_postgres(*IN_HASTE) as server:
        yield server


@dataclass(frozen=True, kw_only=True)
class StoppablePostgres:
    """``stop`` is what a crash is: nobody gets to say goodbye. ``start`` ends when it has recovered."""

    server: PostgresServer
    starting: Callable[[], AbstractContextManager[None]]
    running: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        self.running.enter_context(self.starting())

    def stop(self) -> None:
        self.running.close()


@contextmanager
def running_postgres(*settings: str) -> Iterator[PostgresServer]:
    with stoppable_postgres(*settings) as postgres:
        yield postgres.server


@contextmanager
def stoppable_postgres(*settings: str) -> Iterator[StoppablePostgres]:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb, postgres, pg_isready, createdb = (
        program(name, of="PostgreSQL", places=places)
        for name in ("initdb", "postgres", "pg_isready", "createdb")
    )
    owner = _unprivileged()
    # A unix socket's path has room for about a hundred characters, so not in pytest's directory.
    with tempfile.TemporaryDirectory(prefix="pg-") as temporary:
        home = Path(temporary)
        if owner:
            os.chown(home, owner.pw_uid, owner.pw_gid)
        data = str(home / "data")
        _run([initdb, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"], home, owner)
        chosen = [part for setting in (*SETTINGS, *settings) for part in ("-c", setting)]
        starting = partial(
            daemon,
            [postgres, "-D", data, "-k", str(home), *chosen],
            ready=lambda: _succeeds([pg_isready, "-q", "-h", str(home), "-U", USER]),
            log=home / "log",
            owner=owner,
            stop=signal.SIGQUIT,  # its immediate shutdown: nothing here is worth saving
        )
        stoppable = StoppablePostgres(server=PostgresServer(home=home, createdb=createdb), starting=starting)
        with stoppable.running:
            stoppable.start()
            yield stoppable


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """The URL of an empty database."""
    return postgres_server.new_database()


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom to run as: the server refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return missing("there is no unprivileged user to run PostgreSQL as")


def _run(command: Sequence[str], home: Path, owner: pwd.struct_passwd | None) -> None:
    with (home / "output").open("ab") as output:
        done = subprocess.run(
            command,
            cwd=home,
            stdout=output,
            stderr=output,
            check=False,
            user=owner and owner.pw_uid,
            group=owner and owner.pw_gid,
            extra_groups=[] if owner else None,
        )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {(home / 'output').read_text()[-2000:]}")


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, check=False).returncode == 0
