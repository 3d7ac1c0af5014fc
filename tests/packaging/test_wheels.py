"""What people install is what is here, and it works without the rest of the tree."""

import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import HeaderParser
from pathlib import Path

import httpx2
import pytest

from lab.commands import environment
from lab.daemons import free_ports

ROOT = Path(__file__).parents[2]
SOURCES = {
    "letterhead": ("api/letterhead", "plugins/letterhead_plugins"),
    "letterhead_providers": ("providers/letterhead_providers",),
}
TITLES = {"letterhead": "# Letterhead\n", "letterhead_providers": "# letterhead-providers\n"}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, zipfile.ZipFile]:
    """Both wheels, built from this tree, by the distribution's name."""
    folder = tmp_path_factory.mktemp("wheels")
    pip("wheel", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT / "providers"), str(ROOT))
    return {path.name.split("-")[0]: zipfile.ZipFile(path) for path in folder.glob("*.whl")}


@pytest.fixture(scope="module")
def installed(wheels: dict[str, zipfile.ZipFile], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder the wheels are installed in, by themselves."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--target", str(folder), *(str(wheel.filename) for wheel in wheels.values()))
    yield folder
    for wheel in wheels.values():
        wheel.close()


@pytest.mark.parametrize("name", SOURCES)
def test_a_wheel_holds_its_packages_and_nothing_else(wheels: dict[str, zipfile.ZipFile], name: str) -> None:
    packed = {path for path in wheels[name].namelist() if ".dist-info/" not in path}
    assert packed == {
        str(path.relative_to((ROOT / source).parent))
        for source in SOURCES[name]
        for path in (ROOT / source).rglob("*")
        if path.is_file() and not {"__pycache__", ".mypy_cache"} & {*path.parts}
    }
    assert {f"{Path(source).name}/py.typed" for source in SOURCES[name]} <= packed


@pytest.mark.parametrize("name", SOURCES)
def test_a_wheel_says_what_it_is(wheels: dict[str, zipfile.ZipFile], name: str) -> None:
    [info] = {path.split("/")[0] for path in wheels[name].namelist() if ".dist-info/" in path}
    said = HeaderParser().parsestr(wheels[name].read(f"{info}/METADATA").decode())
    assert (said["Name"], said["License-Expression"], said["Requires-Python"]) == (
        name.replace("_", "-"),
        "MIT",
        ">=3.11",
    )
    assert str(said.get_payload()).startswith(TITLES[name])


def test_what_was_installed_runs(installed: Path, tmp_path: Path) -> None:
    assert run(installed, tmp_path, "migrate") == ""
    assert run(installed, tmp_path, "company", "create", "Acme").count("\n") == 1
    token = run(installed, tmp_path, "token", "create", "--company", "Acme", "--admin").strip()
    with serving(installed, tmp_path) as address:
        asked = {"query": "{ company { name } }"}
        answer = httpx2.post(f"{address}/graphql", json=asked, headers={"Authorization": f"Bearer {token}"})
    assert answer.json() == {"data": {"company": {"name": "Acme"}}}


def test_the_code_that_ran_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    script = "import letterhead, letterhead_providers as p; print(*letterhead.__path__, *p.__path__)"
    said = subprocess.run(
        [sys.executable, "-S", "-c", script],
        cwd=tmp_path, env=alone(installed), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.split() == [
        str(installed / "letterhead"),
        str(installed / "letterhead_providers"),
    ]


def pip(command: str, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", command, "--quiet", "--no-deps", "--no-index", *arguments], check=True
    )


def letterhead(*arguments: str) -> list[str]:
    """Without site, which would read the .pth file of the tree's editable installation."""
    return [sys.executable, "-S", "-m", "letterhead", *arguments]


def alone(installed: Path, **settings: str) -> dict[str, str]:
    return environment(settings) | {"PYTHONPATH": f"{installed}:{sysconfig.get_path('purelib')}"}


def run(installed: Path, folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        letterhead(*arguments), cwd=folder, env=alone(installed), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@contextmanager
def serving(installed: Path, folder: Path) -> Iterator[str]:
    """Where it serves, from when it is healthy. It has to end well when it is asked to."""
    [port] = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(letterhead("serve"), cwd=folder, env=alone(installed, PORT=str(port)))
    try:
        wait_for(f"{address}/healthz")
        yield address
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            assert httpx2.get(url).json() == {"status": "ok"}
        except httpx2.ConnectError:
            assert time.monotonic() < deadline, f"{url} does not answer"
            time.sleep(0.05)
        else:
            return
