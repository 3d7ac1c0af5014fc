"""One server for the tests of a module, a company of its own for each of them, and nothing left after any."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest_asyncio

from api.conftest import authorities, draft, mail, server, settings, shared_database
from hostile.conftest import sockets
from lab.product import Product, with_company
from letterhead.serving import Serving
from letterhead.store import models

__all__ = ["authorities", "draft", "mail", "server", "settings", "shared_database"]


@pytest_asyncio.fixture(loop_scope="module")
async def acme(server: Serving) -> AsyncIterator[Product]:
    """A company that nobody else has used, and that leaves no socket, no running test and no lock."""
    product = await with_company(server, f"Acme {secrets.token_hex(4)}")
    await product.admin.ask("{ company { id } }")
    before = sockets(product)
    yield product
    async with asyncio.timeout(5):
        while sockets(product) > before:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
    assert await models.AccountTest.filter(status="RUNNING").count() == 0
    assert len(server.house.mailbox_turns) == 0
    await product.close()
