"""What is kept here works on any machine and speaks of the product alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.code import ROOT

TEXTS = {"", ".py", ".md", ".toml", ".lock", ".graphql", ".yml", ".jinja", ".ts", ".js", ".css", ".html"}
LOCKS = ("requirements.lock", "deploy/requirements.lock", "benchmarks/others/ariadne/requirements.lock")
MADE = {"__pycache__", "node_modules", ".venv", "var", "dist"}
OF_A_MACHINE = re.compile(r"(?<![\w./])/(?:home|root|Users|work)/\w")
OF_A_WORKSHOP = re.compile(r"(?i)\b(?:issue|ticket|session|pull request) ?#?\d+\b")


def texts() -> Iterator[tuple[str, str]]:
    tops = [path for path in ROOT.iterdir() if not path.name.startswith(".") or path.name == ".ci"]
    for path in (path for top in tops for path in _files(top)):
        if path.suffix in TEXTS and MADE.isdisjoint(path.relative_to(ROOT).parts):
            yield str(path.relative_to(ROOT)), path.read_text()


def _files(top: Path) -> Iterator[Path]:
    yield from filter(Path.is_file, top.rglob("*") if top.is_dir() else [top])


def found(pattern: re.Pattern[str]) -> list[str]:
    return [f"{name}: {match[0]}" for name, text in texts() for match in pattern.finditer(text)]


def test_nothing_names_a_place_on_somebodys_machine() -> None:
    assert found(OF_A_MACHINE) == []


def test_nothing_speaks_of_how_it_was_made() -> None:
    assert found(OF_A_WORKSHOP) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_folder(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    line = re.compile(r"[a-z0-9._-]+==[^ ]+( ; [^:/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [text for text in lines if not line.fullmatch(text)] == []
