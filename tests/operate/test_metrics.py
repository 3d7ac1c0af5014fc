"""Numbers for whoever runs it, on a port of their own."""

import httpx2

from api.drafts import Draft, at
from api.messages import LATER, message, sent, writer
from lab.databases import counted
from lab.product import Product, Start
from operate.conftest import numbers

LABELS = {"status", "type", "outcome", "le"}


async def test_what_happens_is_counted(measured: Product, port: int, draft: Draft) -> None:
    ann = await writer(measured)
    await measured.admin.saved(draft("sales"))
    await ann.finished(await sent(ann, message(at("contact"))))
    await sent(ann, message(at("contact"), **LATER))
    await measured.admin.answer("{ nothing }")

    found = await numbers(port)

    assert found["letterhead_messages_settled_total status=SENT"] == 1
    assert found["letterhead_delivery_latency_seconds_count"] == 1
    assert found["letterhead_delivery_attempt_seconds_count"] == 1
    assert found["letterhead_account_tests_total status=PASSED"] == 1
    assert found["letterhead_graphql_operation_seconds_count outcome=ok type=mutation"] >= 4
    assert found["letterhead_graphql_operation_seconds_count outcome=errors type=none"] == 1
    assert found["letterhead_messages status=QUEUED"] == 1
    assert found["letterhead_accounts status=READY"] == 1
    assert found["letterhead_message_oldest_due_seconds"] == 0
    assert found["letterhead_webhook_events_waiting"] == 0
    assert found["process_resident_memory_bytes"] > 0


async def test_no_label_names_anybody(measured: Product, port: int, draft: Draft) -> None:
    ann = await writer(measured)
    await measured.admin.saved(draft("sales"))
    await ann.finished(await sent(ann, message(at("contact"))))

    found = await numbers(port)

    labels = {part.split("=")[0] for name in found for part in name.split(" ")[1:]}
    assert labels <= LABELS
    assert not [name for name in found if "sales" in name or "sandbox" in name or "Acme" in name]


async def test_scraping_often_does_not_ask_the_database_often(measured: Product, port: int) -> None:
    await numbers(port)
    with counted() as statements:
        for _ in range(20):
            await numbers(port)
    assert [one for one in statements if "FROM email_account GROUP BY status" in one] == []


async def test_health_is_there_too(measured: Product, port: int) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answers = [(await client.get(path)).json() for path in ("/healthz", "/readyz")]
        assert (await client.get("/graphql")).status_code == 404
    assert answers == [{"status": "ok"}, {"status": "ready"}]


async def test_callers_do_not_see_the_numbers(start: Start) -> None:
    async with start() as product:
        assert (await product.admin.http.get("/metrics")).status_code == 404
