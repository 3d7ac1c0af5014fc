"""A virtual environment of its own, with wheels built from this tree installed in it."""

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from lab.commands import environment
from lab.daemons import free_ports

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Environment:
    """It sees the libraries of the environment that tests run in, but none of its editable packages:
    a folder named in a .pth file is searched for modules, and its own .pth files are not read."""

    home: Path

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"

    def install(self, *sources: Path) -> None:
        """Builds each folder's wheel and installs it, without a network."""
        wheels = self.home / "wheels"
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        offline = ["--no-deps", "--no-index"]
        subprocess.run(
            [*pip, "wheel", "--no-build-isolation", *offline, "--wheel-dir", wheels, *sources], check=True
        )
        subprocess.run(
            [*pip, "--python", self.python, "install", *offline, *sorted(wheels.glob("*.whl"))], check=True
        )

    def letterhead(self, *arguments: str, folder: Path, **settings: str) -> str:
        """What the installed command prints."""
        done = subprocess.run(
            [self.home / "bin" / "letterhead", *arguments],
            cwd=folder,
            env=environment(settings),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def serving(self, folder: Path, **settings: str) -> Iterator[str]:
        """Where the installed command serves, from when it is healthy."""
        [port] = free_ports(1)
        address = f"http://127.0.0.1:{port}"
        command = [self.home / "bin" / "letterhead", "serve"]
        process = subprocess.Popen(command, cwd=folder, env=environment({"PORT": str(port)} | settings))
        try:
            with httpx2.Client(transport=httpx2.HTTPTransport(retries=8)) as client:
                client.get(f"{address}/healthz").raise_for_status()
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


def fresh_environment(home: Path) -> Environment:
    venv.create(home, with_pip=False, symlinks=True)
    made = Environment(home)
    [packages] = home.glob("lib/python*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return made
