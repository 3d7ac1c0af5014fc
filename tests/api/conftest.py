"""One server for the tests of a module, and a company of its own for each of them."""

import secrets
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from tortoise.backends.base.executor import EXECUTOR_CACHE

from api.doorbell import Doorbell, ringing
from api.drafts import Draft, draft_in
from lab.product import LOOPBACK, Product, with_company
from letterhead.sandbox.service import Sandbox, running_sandbox
from letterhead.serving import Serving, serving
from letterhead.settings import Settings


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    EXECUTOR_CACHE.clear()  # Tortoise keeps statements by the connection's name, whatever its dialect
    if request.param == "sqlite":
        copy = tmp_path_factory.mktemp("api") / "letterhead.db"
        copy.write_bytes(request.getfixturevalue("empty_sqlite").read_bytes())
        return f"sqlite://{copy}"
    server, template = request.getfixturevalue("empty_postgres")
    return str(server.new_database(template))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mail() -> AsyncIterator[Sandbox]:
    async with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def authorities(mail: Sandbox, lab_ca_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authorities") / "ca.pem"
    path.write_text(mail.ca_pem + lab_ca_file.read_text())
    return path


@pytest.fixture(scope="module")
def settings(shared_database: str, authorities: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text("test:" + "A" * 43 + "=\n")
    return Settings(
        database_url=shared_database, port=0, key_file=keys, allow_targets=LOOPBACK, ca_file=authorities
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(settings: Settings) -> AsyncIterator[Serving]:
    async with serving(settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def acme(server: Serving) -> AsyncIterator[Product]:
    """A company that nobody else has used."""
    product = await with_company(server, f"Acme {secrets.token_hex(4)}")
    yield product
    await product.close()


@pytest.fixture(scope="module")
def draft(mail: Sandbox) -> Draft:
    """``draft("sales", …)``: the settings of a mailbox of the sandbox, and what is to be different."""
    return partial(draft_in, mail)


@pytest_asyncio.fixture(loop_scope="module")
async def doorbell() -> AsyncIterator[Doorbell]:
    async with ringing() as bell:
        yield bell
