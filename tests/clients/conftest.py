"""The tools of web clients, and what they make of the schema."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.conftest import acme, authorities, draft, mail, server, settings, shared_database
from lab import needs

__all__ = ["acme", "authorities", "draft", "mail", "server", "settings", "shared_database"]
HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Workbench:
    """A folder with the packages as locked, the schema, and the sources of a frontend."""

    folder: Path

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = needs.program("node", of="Node.js")
        return subprocess.run(
            command,
            cwd=self.folder,
            env={"PATH": f"{Path(path).parent}:/usr/bin:/bin", **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    npm = needs.program("npm", of="Node.js")
    folder = tmp_path_factory.mktemp("node") / "web"
    shutil.copytree(HERE / "web", folder, ignore=shutil.ignore_patterns("node_modules", "made"))
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
    shutil.copy(ROOT / "schema.graphql", folder)
    (folder / "made").mkdir()
    (folder / "made/operations.json").write_text("{}")
    return Workbench(folder)


@pytest.fixture(scope="session")
def compiled(workbench: Workbench) -> subprocess.CompletedProcess[str]:
    """What Relay's compiler said."""
    return workbench.run("node_modules/.bin/relay-compiler")


@pytest.fixture(scope="session")
def operations(workbench: Workbench, compiled: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The frontend's operations as its compiler sends them, by name."""
    texts = json.loads((workbench.folder / "made/operations.json").read_text()).values()
    return {text.split()[1].split("(")[0]: text for text in texts}
