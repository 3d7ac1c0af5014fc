"""The tools that frontends are made with take the schema as it is."""

import subprocess

import pytest

from clients.conftest import HERE, Workbench

pytestmark = pytest.mark.node


def test_relays_compiler_takes_the_schema_and_a_frontends_operations(
    compiled: subprocess.CompletedProcess[str], operations: dict[str, str]
) -> None:
    sources = [path.read_text() for path in (HERE / "web/src").iterdir()]
    written = sum(
        text.count(f"{kind} ") for text in sources for kind in ("  query", "  mutation", "  subscription")
    )
    assert (compiled.returncode, compiled.stderr) == (0, ""), compiled.stderr
    assert len(operations) > written


def test_typescript_types_are_made_of_the_schema_and_hold_what_it_promises(
    workbench: Workbench, operations: dict[str, str]
) -> None:
    made = workbench.run("node", "types.mjs")
    checked = workbench.run(
        "node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "uses.ts", "made/types.ts"
    )
    assert (made.returncode, made.stderr) == (0, "")
    assert (checked.returncode, checked.stdout) == (0, "")
