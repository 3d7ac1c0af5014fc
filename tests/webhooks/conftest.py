import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest
import trustme

from api.drafts import Draft, draft_in
from lab.product import Product, Start
from letterhead.sandbox.service import Sandbox
from letterhead.store import models
from letterhead.store.database import now
from webhooks.sink import Told, sink
from wire.conftest import serving_with

CREATE = """
mutation ($input: CreateWebhookInput!) {
  createWebhook(input: $input) {
    webhook { id url events lastDeliveredAt problem { title } } signingSecret errors { message path code }
  }
}
"""


class NewSink(Protocol):
    """``new_sink(500, 500)``: answers so, then politely."""

    def __call__(self, *answers: int | bytes) -> AbstractAsyncContextManager[Told]: ...


@pytest.fixture(scope="session")
def web_tls(lab_ca: trustme.CA) -> ssl.SSLContext:
    return serving_with(lab_ca.issue_cert("127.0.0.1", "localhost"))


@pytest.fixture
def new_sink(web_tls: ssl.SSLContext) -> NewSink:
    return lambda *answers: sink(web_tls, *answers)


@pytest.fixture
async def told(new_sink: NewSink) -> AsyncIterator[Told]:
    async with new_sink() as told:
        yield told


async def listen(product: Product, told: Told, *events: str) -> str:
    """A webhook of the company's to this sink; its id."""
    payload = await product.admin.do(CREATE, {"url": told.url, "events": list(events)})
    assert payload["errors"] == [], payload
    told.secret = payload["signingSecret"]
    webhook_id: str = payload["webhook"]["id"]
    return webhook_id


@pytest.fixture
def authorities(sandbox: Sandbox, lab_ca_file: Path, tmp_path: Path) -> Path:
    """Of the sandbox's mail servers and of the laboratory's."""
    path = tmp_path / "authorities.pem"
    path.write_text(sandbox.ca_pem + lab_ca_file.read_text())
    return path


@pytest.fixture
async def product(start: Start, authorities: Path) -> AsyncIterator[Product]:
    async with start(ca_file=authorities) as product:
        yield product


@pytest.fixture
def draft(sandbox: Sandbox) -> Draft:
    return partial(draft_in, sandbox)


async def make_due() -> None:
    """As if the time until the next attempt had gone by."""
    await models.WebhookDelivery.filter(finished_at=None).update(next_attempt_at=now(), lease_until=None)
