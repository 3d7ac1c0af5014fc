"""The audits of graphql-http, the reference implementation of the GraphQL over HTTP specification."""

import asyncio
import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from api.marks import on_sqlite
from lab import needs
from lab.product import Product

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.node, on_sqlite]

AUDITS = Path(__file__).parent / "audits"


@pytest.fixture(scope="module")
def auditor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script beside the packages it needs, as locked."""
    npm = needs.program("npm", of="Node.js")
    folder = tmp_path_factory.mktemp("node") / "audits"
    shutil.copytree(AUDITS, folder, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return folder / "audit.mjs"


async def audited(script: Path, product: Product) -> list[dict[str, Any]]:
    node = needs.program("node", of="Node.js")
    process = await asyncio.create_subprocess_exec(
        node,
        script,
        f"{product.admin.address}/graphql",
        env={"TOKEN": product.admin.token},
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    found: list[dict[str, Any]] = json.loads(printed)
    return found


async def test_every_audit_passes(acme: Product, auditor: Path) -> None:
    results = await audited(auditor, acme)

    assert [result for result in results if result["status"] != "ok"] == []
    assert Counter(result["name"].split()[0] for result in results) == {"MUST": 13, "SHOULD": 23, "MAY": 25}
