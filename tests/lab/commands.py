"""The command line as an operator uses it: a process, an environment and a folder of its own."""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Protocol

import pytest


@dataclass(frozen=True)
class Ended:
    code: int | None
    out: str
    err: str


class Letterhead(Protocol):
    """``letterhead("serve", PORT="abc")``: runs a command to its end, with settings by their short names."""

    def __call__(self, *arguments: str, **settings: str) -> Ended: ...


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with ``settings`` in place of all of Letterhead's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LETTERHEAD_")}
    return kept | {f"LETTERHEAD_{name}": value for name, value in settings.items()}


@pytest.fixture(scope="session")
def ready_processes() -> ForkServerContext:
    """Forks from a process that has imported everything, because importing takes most of a command's time."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["letterhead.cli"])
    return context


@pytest.fixture
def letterhead(ready_processes: ForkServerContext, tmp_path: Path) -> Letterhead:
    def run(*arguments: str, **settings: str) -> Ended:
        process = ready_processes.Process(target=_run, args=(tmp_path, arguments, environment(settings)))
        process.start()
        process.join(timeout=90)
        if process.is_alive():
            process.kill()
            process.join()
        return Ended(process.exitcode, (tmp_path / "out").read_text(), (tmp_path / "err").read_text())

    return run


def _run(folder: Path, arguments: tuple[str, ...], env: dict[str, str]) -> None:
    from letterhead.cli import app

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for stream, name in ((sys.stdout, "out"), (sys.stderr, "err")):
        os.dup2(os.open(name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), stream.fileno())
    app(arguments, prog_name="letterhead")
