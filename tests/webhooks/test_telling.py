"""What is told, and when: by a verified event for each change."""

from datetime import timedelta

from api.documents import CANCEL_MESSAGE, DELETE, SEND, SET_ENABLED, SET_SCOPE
from api.drafts import Draft, at
from api.messages import LATER, message, sent, writer
from lab.product import Caller, Product
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now
from letterhead.upkeep import OFTEN, do_all
from webhooks.conftest import CREATE, NewSink, listen
from webhooks.sink import Told


async def test_a_message_that_was_sent(product: Product, told: Told, draft: Draft) -> None:
    await listen(product, told, "MESSAGE")
    ann = await writer(product)
    account = await product.admin.saved(draft("sales"))

    message_id = await sent(ann, message(at("contact"), bcc=[{"address": at("boss")}]))

    [event] = await told.until(1)
    assert event == {
        "type": "message.sent",
        "timestamp": event["timestamp"],
        "data": {
            "messageId": message_id,
            "accountId": account["id"],
            "status": "SENT",
            "recipients": {"ACCEPTED": 2},
            "attempts": 1,
            "nextAttemptAt": None,
            "heldBecause": None,
        },
    }


async def test_a_message_that_waits_is_held_or_is_cancelled(
    product: Product, told: Told, draft: Draft
) -> None:
    ann = await writer(product)
    account = await product.admin.saved(draft("sales"))
    await listen(product, told, "MESSAGE")
    one, two = [await sent(ann, message(at("contact"), **LATER)) for _ in range(2)]

    await ann.do(CANCEL_MESSAGE, {"messageId": one})
    await product.admin.do(DELETE, {"accountId": account["id"]})
    await due(two)

    cancelled, held = await told.until(2)
    assert (cancelled["type"], cancelled["data"]["messageId"]) == ("message.cancelled", one)
    assert (held["type"], held["data"]["messageId"]) == ("message.held", two)
    assert held["data"]["heldBecause"] == "UNKNOWN"


async def test_a_message_that_is_late(product: Product, told: Told, draft: Draft) -> None:
    ann = await writer(product)
    await product.admin.saved(draft("sales"))
    await listen(product, told, "MESSAGE")
    message_id = await sent(ann, message(at("contact"), **LATER))
    await models.Message.filter(id=row_id(message_id, "Message")).update(
        status="DEFERRED", not_before=None, queued_at=now() - timedelta(days=1)
    )

    await do_all(product.serving.house, OFTEN)

    [event] = await told.until(1)
    assert (event["type"], event["data"]["messageId"]) == ("message.delayed", message_id)


async def test_what_happens_to_an_account(product: Product, told: Told, draft: Draft) -> None:
    await listen(product, told, "ACCOUNT")
    account = await product.admin.saved(draft("sales"))
    of_it = {"accountId": account["id"]}

    await product.admin.do(SET_SCOPE, {**of_it, "scope": {"mode": "SELECTED"}})
    await product.admin.do(SET_ENABLED, {**of_it, "enabled": False})
    await product.admin.do(SET_ENABLED, {**of_it, "enabled": True})
    await product.admin.do(DELETE, of_it)

    events = await told.until(5)
    assert sorted(event["type"] for event in events) == [
        "account.deleted",
        "account.disabled",
        "account.ready",
        "account.saved",
        "account.scope_changed",
    ]
    assert [event["data"] for event in events] == [of_it] * 5


async def test_the_end_of_a_test(product: Product, told: Told, draft: Draft) -> None:
    await listen(product, told, "TEST")

    test = await product.admin.tested(draft("sales", credential={"password": "wrong"}))

    [event] = await told.until(1)
    assert event["type"] == "test.ended"
    assert event["data"] == {"testId": test["id"], "accountId": None, "status": "FAILED"}


async def test_nothing_of_the_mail_is_in_what_is_told(product: Product, told: Told, draft: Draft) -> None:
    ann = await writer(product)
    await listen(product, told, "MESSAGE", "ACCOUNT", "TEST")
    await product.admin.saved(draft("sales"))
    await ann.do(SEND, message(at("canary-contact"), subject="Canary subject", text="Canary text"))
    await told.until(3)

    heard = "".join(told.served.heard) + str(told.events)
    assert [word for word in ("anary", "sales@", "@sandbox") if word in heard] == []


async def test_each_is_told_what_it_wants_and_of_its_company_alone(
    product: Product, told: Told, new_sink: NewSink, draft: Draft
) -> None:
    async with new_sink() as of_accounts, new_sink() as of_others:
        other = await product.company("Other")
        await listen(product, told, "TEST")
        await listen(product, of_accounts, "ACCOUNT")
        await listen_as(other, of_others)

        await product.admin.saved(draft("sales"))

        await told.until(1)
        await of_accounts.until(1)
    assert (told.types, of_accounts.types, of_others.types) == (["test.ended"], ["account.saved"], [])


async def listen_as(caller: Caller, told: Told) -> None:
    payload = await caller.do(CREATE, {"url": told.url, "events": ["TEST", "ACCOUNT", "MESSAGE"]})
    told.secret = payload["signingSecret"]


async def due(message_id: str) -> None:
    """As if the time that it was to wait for had come."""
    await models.Message.filter(id=row_id(message_id, "Message")).update(
        next_attempt_at=now(), not_before=None
    )
