"""What an operator installs is locked, small, and runs with few rights."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from lab.needs import program

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
UNITS = sorted((ROOT / "deploy").glob("*.service"))


def pins(lock: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / lock).read_text()))


def test_what_runs_is_what_was_tested_and_nothing_for_tests_alone() -> None:
    runs, tested = pins("deploy/requirements.lock"), pins("requirements.lock")
    assert runs.items() <= tested.items()
    assert runs.keys().isdisjoint({"pytest", "hypothesis", "mypy", "ruff", "uv"})


def test_everything_that_the_product_imports_is_there() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.match(r"[A-Za-z0-9._-]+", need)[0].lower() for need in needed}
    assert names - {"letterhead-providers"} <= pins("deploy/requirements.lock").keys()


def test_the_container_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "deploy/Containerfile").read_text().splitlines()
    last = len(lines) - lines[::-1].index(next(line for line in lines[::-1] if line.startswith("FROM ")))
    assert "USER 10001" in lines[last:]
    assert all("--require-hashes" in line or "--no-deps" in line for line in lines if "pip install" in line)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_service_has_few_rights(unit: Path) -> None:
    analyze = program("systemd-analyze", of="systemd")
    said = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert float(re.findall(r"exposure level for \S+: ([\d.]+)", said)[0]) < 2
