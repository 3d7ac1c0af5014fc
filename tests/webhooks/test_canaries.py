"""What webhooks are told and signed with: in no answer but the first, in no row, no log and no number."""

import io
from collections.abc import Iterator

import pytest

from api import rows
from api.drafts import Draft, at
from api.messages import LATER, message, sent, writer
from lab.canaries import all_logged, found, overheard, unheard
from lab.product import Product, Start
from letterhead.settings import Settings
from operate.conftest import free_port
from webhooks.conftest import NewSink, listen
from webhooks.sink import METADATA
from webhooks.test_delivering import due_until

SUBJECT, CONTACT = "Kanarie-Subject", "kanarie-contact"
SHOWN = "{ company { webhooks(first: 9) { nodes { url problem { title explanation } } } } }"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    with unheard("httpx2", "httpcore2"), all_logged(Settings()) as written:
        yield written


async def of_operators(product: Product, port: int) -> str:
    places = (f"http://127.0.0.1:{port}", product.admin.address)
    urls = [f"{place}/{name}" for place in places for name in ("metrics", "readyz", "healthz")]
    return "\n".join([(await product.admin.http.get(url)).text for url in urls])


async def test_whatever_a_receiver_does(
    start: Start, authorities: object, new_sink: NewSink, draft: Draft, logged: io.StringIO
) -> None:
    port = free_port()
    async with (
        start(ca_file=authorities, metrics_port=port, trace_plugins=True) as product,
        new_sink(500, METADATA) as told,
    ):
        await listen(product, told, "ACCOUNT", "MESSAGE")
        texts = overheard(product.admin.http)
        ann = await writer(product)
        await product.admin.saved(draft("sales"))
        await sent(ann, message(at(CONTACT), subject=SUBJECT, **LATER))
        for several in (2, 3):
            await due_until(told, several)
        await product.admin.ask(SHOWN)
        places = {
            "answers": "\n".join(texts),
            "rows": await rows.everything(),
            "numbers": await of_operators(product, port),
            "log": logged.getvalue(),
        }
    bodies = [str(event["data"]["accountId"]) for _, event in told.events if "accountId" in event["data"]]

    assert "letterhead_webhook" in places["numbers"]
    assert found(places, told.secret, told.secret.removeprefix("whsec_")) == set()
    of_mail = {name: text for name, text in places.items() if name in ("numbers", "log")}
    assert found(of_mail, SUBJECT, CONTACT, *bodies) == set()
