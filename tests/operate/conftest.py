import socket
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.drafts import Draft, draft_in
from lab.product import Product, Start
from letterhead.sandbox.service import Sandbox

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


async def numbers(port: int) -> dict[str, float]:
    """Samples by name and labels, as they are written."""
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200
    return {
        sample.name
        + "".join(f" {label}={value}" for label, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
async def measured(start: Start, sandbox: Sandbox, port: int, tmp_path: Path) -> AsyncIterator[Product]:
    async with start(ca_file=sandbox.ca_file, metrics_port=port) as product:
        yield product


@pytest.fixture
def draft(sandbox: Sandbox) -> Draft:
    return partial(draft_in, sandbox)
