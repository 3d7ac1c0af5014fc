"""Events arrive at least once, whatever the receiving server does, and no webhook waits for another."""

import asyncio
from typing import Any

import pytest

from api.drafts import Draft
from lab.product import Product, Start
from letterhead import telling
from letterhead.store import models
from letterhead.store.database import transaction
from letterhead.webhooks.rules import STEPS
from webhooks.conftest import NewSink, listen, make_due
from webhooks.sink import METADATA, SILENCE, Told

SHOW = """
{ company { webhooks(first: 100) { nodes { lastDeliveredAt problem { title explanation retry } } } } }
"""


async def seen(product: Product) -> dict[str, Any]:
    """The one webhook there is."""
    [node] = (await product.admin.ask(SHOW))["company"]["webhooks"]["nodes"]
    return dict(node)


async def when(product: Product, retry: str | None) -> dict[str, Any]:
    """The webhook, once its problem says so."""
    async with asyncio.timeout(60):
        while True:
            webhook = await seen(product)
            if (webhook["problem"] or {}).get("retry") == retry:
                return webhook
            await asyncio.sleep(0.02)


async def save(product: Product, draft: Draft, name: str = "sales") -> None:
    await product.admin.saved(draft(name))


async def test_after_two_faults_it_arrives_under_the_same_id(
    product: Product, new_sink: NewSink, draft: Draft
) -> None:
    async with new_sink(500, 503) as told:
        await listen(product, told, "ACCOUNT")
        await save(product, draft)
        webhook = await when(product, "LATER")
        for several in (2, 3):
            await asyncio.gather(due_until(told, several))
        good = await when(product, None)
    assert webhook["problem"] == {
        "title": "The last event did not arrive",
        "explanation": "It answered with status 500. It is tried again for 3 days.",
        "retry": "LATER",
    }
    assert good["lastDeliveredAt"] is not None
    assert len(told.events) == 3
    assert len({event_id for event_id, _ in told.events}) == 1
    assert len({event["timestamp"] for _, event in told.events}) == 1


async def due_until(told: Told, several: int) -> None:
    async with asyncio.timeout(60):
        while len(told.events) < several:
            await make_due()
            await asyncio.sleep(0.1)


async def test_a_redirect_is_a_refusal_and_is_not_followed(
    product: Product, new_sink: NewSink, draft: Draft
) -> None:
    async with new_sink(METADATA) as told:
        await listen(product, told, "ACCOUNT")
        await save(product, draft)
        webhook = await when(product, "LATER")
    assert webhook["problem"]["explanation"].startswith("It answered with status 307.")


async def test_one_that_is_gone_is_switched_off(product: Product, new_sink: NewSink, draft: Draft) -> None:
    async with new_sink(410) as told:
        await listen(product, told, "ACCOUNT")
        await save(product, draft)
        webhook = await when(product, "AFTER_CHANGE")
        await save(product, draft, "support")
    assert webhook["problem"]["title"] == "Switched off: its address is gone"
    assert len(told.events) == 1
    assert await models.WebhookDelivery.filter(finished_at=None).count() == 0
    assert await models.WebhookDelivery.all().count() == 1


async def test_after_the_last_attempt_it_is_switched_off(
    product: Product, new_sink: NewSink, draft: Draft
) -> None:
    async with new_sink(*[500] * 20) as told:
        await listen(product, told, "ACCOUNT")
        await save(product, draft)
        await when(product, "LATER")
        await models.WebhookDelivery.all().update(attempt_count=len(STEPS))
        await make_due()
        webhook = await when(product, "AFTER_CHANGE")
    assert webhook["problem"]["title"] == "Switched off: nothing arrived for days"
    assert webhook["problem"]["explanation"] == "It answered with status 500. It was tried for 3 days."


async def test_silent_ones_starve_nobody(product: Product, new_sink: NewSink, draft: Draft) -> None:
    async with new_sink(*[SILENCE] * 20) as silent, new_sink() as told:
        for _ in range(10):
            await listen(product, silent, "ACCOUNT")
        silent.secret, told.host = "", "localhost"
        await listen(product, told, "ACCOUNT")
        await save(product, draft)
        await told.until(1)
        asked = len(silent.events)
    assert told.types == ["account.saved"]
    assert asked <= 4


async def test_a_network_is_judged_again_at_each_delivery(
    start: Start, told: Told, draft: Draft, authorities: Any
) -> None:
    async with start(ca_file=authorities, worker=False) as before:
        await listen(before, told, "ACCOUNT")
        await save(before, draft)
    async with start(ca_file=authorities, allow_targets=()) as after:
        webhook = await when(after, "LATER")
    assert webhook["problem"]["explanation"] == (
        "No answer was had: this server may not be reached from here. It is tried again for 3 days."
    )
    assert told.served.connections == 0


async def test_with_the_key_lost_nothing_is_sent_unsigned(product: Product, told: Told, draft: Draft) -> None:
    await listen(product, told, "ACCOUNT")
    await models.Webhook.all().update(secret_sealed="lost.AAAA")
    await save(product, draft)
    webhook = await when(product, "LATER")
    assert webhook["problem"]["explanation"].startswith("Its signing secret cannot be read any more.")
    assert told.served.connections == 0


async def test_what_was_moved_to_another_address_does_not_open(
    product: Product, told: Told, new_sink: NewSink, draft: Draft
) -> None:
    async with new_sink() as elsewhere:
        await listen(product, told, "ACCOUNT")
        await models.Webhook.all().update(url=elsewhere.url)
        await save(product, draft)
        webhook = await when(product, "LATER")
    assert webhook["problem"]["explanation"].startswith("Its signing secret cannot be read any more.")
    assert elsewhere.served.connections == 0


async def undone(product: Product) -> None:
    async with transaction():
        await telling.accounts_changed(product.company_id, [(product.company_id, "saved")])
        raise ZeroDivisionError


async def test_a_change_that_is_undone_is_not_told(product: Product, told: Told) -> None:
    await listen(product, told, "ACCOUNT")
    with pytest.raises(ZeroDivisionError):
        await undone(product)
    assert await models.WebhookDelivery.all().count() == 0
