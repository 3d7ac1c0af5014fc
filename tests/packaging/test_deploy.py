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


def instructions() -> list[tuple[str, str]]:
    """Of the container, with their arguments, each on a line of its own."""
    text = (ROOT / "deploy/Containerfile").read_text().replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, arguments) for name, arguments in lines]


def of_the_last_stage() -> list[tuple[str, str]]:
    whole = instructions()
    return whole[max(place for place, (name, _) in enumerate(whole) if name == "FROM") :]


def test_everything_that_the_product_imports_is_there() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.match(r"[A-Za-z0-9._-]+", need)[0].lower() for need in needed}
    assert names - {"letterhead-providers"} <= pins("deploy/requirements.lock").keys()


def test_the_container_runs_as_nobody_in_particular() -> None:
    users = [arguments for name, arguments in of_the_last_stage() if name == "USER"]
    assert users == ["10001"]


def test_the_container_is_made_of_what_is_locked_and_of_nothing_secret() -> None:
    whole = instructions()
    installs = [part for _, arguments in whole for part in arguments.split("&&") if "pip install" in part]
    given = [arguments for name, arguments in whole if name in {"ENV", "ARG", "LABEL"}]

    assert all("--require-hashes" in part or "--no-deps" in part for part in installs)
    assert {name for name, _ in whole}.isdisjoint({"ADD", "ARG", "ONBUILD"})
    assert not re.search(r"(?i)key|secret|password|token", " ".join(given))
    assert [arguments[:12] for name, arguments in of_the_last_stage() if name == "COPY"] == ["--from=build"]
    assert all(re.fullmatch(r"\S+:\d+\.\d+\S*( AS \w+)?", image) for name, image in whole if name == "FROM")


def test_no_database_and_no_key_is_built_in() -> None:
    left_out = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".git", "var", "*.db*", "*.key", "*.pem", ".env*"} <= {*left_out}


@pytest.mark.parametrize("lock", ["requirements.lock", "deploy/requirements.lock"])
def test_whatever_is_locked_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_service_has_few_rights(unit: Path) -> None:
    analyze = program("systemd-analyze", of="systemd")
    said = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert float(re.findall(r"exposure level for \S+: ([\d.]+)", said)[0]) <= 1.1
    assert {"NoNewPrivileges=yes", "DynamicUser=yes", "LimitCORE=0"} <= {*unit.read_text().splitlines()}
