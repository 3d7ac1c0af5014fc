"""Limits of an account's own, reading bounces, and how much it is used."""

from datetime import timedelta
from typing import Any

import pytest

from api.books import SET_BOUNCE_READING, SET_LIMITS, USAGE
from api.documents import ERRORS
from api.drafts import Draft, at
from api.messages import LATER, message, sent, writer
from lab.product import Product
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")

SET_POLICY = f"mutation ($input: SetPolicyInput!) {{ setPolicy(input: $input) {{ {ERRORS} }} }}"


async def usage(acme: Product, account_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await acme.admin.ask(USAGE, id=account_id))["node"]["usage"]
    return found


async def of_service(account_id: str, provider_key: str) -> None:
    """As if the account were one of this mail service."""
    rows = models.EmailAccount.filter(id=row_id(account_id, "EmailAccount"))
    assert await rows.update(provider_key=provider_key) == 1


async def test_limits_are_set_kept_and_cleared(acme: Product, draft: Draft) -> None:
    sales = (await acme.admin.saved(draft("sales")))["id"]
    shown = []
    for changes in (
        {"messagesPerMinute": 5, "messagesPerDay": 100},
        {"messagesPerDay": 50},
        {"messagesPerMinute": None},
        {"messagesPerDay": None},
    ):
        payload = await acme.admin.do(SET_LIMITS, {"accountId": sales} | changes)
        assert payload["errors"] == []
        limits = payload["emailAccount"]["usage"]["limits"]
        shown.append(limits and (limits["messagesPerMinute"], limits["messagesPerDay"]))
    assert shown == [(5, 100), (5, 50), (None, 50), None]


async def test_a_limit_is_never_above_the_services(acme: Product, draft: Draft) -> None:
    sales = (await acme.admin.saved(draft("sales")))["id"]
    await of_service(sales, "gmail")
    daily = (await usage(acme, sales))["limits"]["messagesPerDay"]

    payload = await acme.admin.do(
        SET_LIMITS, {"accountId": sales, "messagesPerMinute": 0, "messagesPerDay": daily + 1}
    )
    lower = await acme.admin.do(SET_LIMITS, {"accountId": sales, "messagesPerDay": daily - 1})

    assert [(error["path"], error["code"]) for error in payload["errors"]] == [
        (["messagesPerMinute"], "INVALID"),
        (["messagesPerDay"], "INVALID"),
    ]
    assert payload["emailAccount"] is None
    assert lower["emailAccount"]["usage"]["limits"]["messagesPerDay"] == daily - 1


async def test_bounces_are_read_for_the_company_at_first_and_for_people_when_they_say_so(
    acme: Product, draft: Draft
) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    sales = (await acme.admin.saved(draft("sales")))["id"]
    own = (await ann.saved(draft("ann"), ownerId=ids["ann"]))["id"]
    at_first = [(await usage(acme, account))["readsBounces"] for account in (sales, own)]

    off = await acme.admin.do(SET_BOUNCE_READING, {"accountId": sales, "enabled": False})
    on = await ann.do(SET_BOUNCE_READING, {"accountId": own, "enabled": True})
    not_hers = await acme.admin.do(SET_BOUNCE_READING, {"accountId": own, "enabled": False})

    assert at_first == [True, False]
    assert [one["emailAccount"]["usage"]["readsBounces"] for one in (off, on)] == [False, True]
    assert [error["code"] for error in not_hers["errors"]] == ["NOT_FOUND"]


async def test_without_an_incoming_server_there_is_nothing_to_read(acme: Product, draft: Draft) -> None:
    await acme.admin.do(SET_POLICY, {"incomingServer": "OPTIONAL"})
    sales = (await acme.admin.saved(draft("sales", incoming=None)))["id"]

    payload = await acme.admin.do(SET_BOUNCE_READING, {"accountId": sales, "enabled": True})

    assert [(error["path"], error["code"]) for error in payload["errors"]] == [(["enabled"], "INVALID")]
    assert (await usage(acme, sales))["readsBounces"] is False


async def test_what_left_today_and_what_waits_is_counted(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    sales = (await acme.admin.saved(draft("sales")))["id"]
    done = [await sent(ann, message(at("contact"))) for _ in range(3)]
    for message_id in done:
        await ann.finished(message_id)
    await sent(ann, message(at("contact")) | LATER)
    await models.Message.filter(id=row_id(done[0], "Message")).update(finished_at=now() - timedelta(days=1))
    await models.Message.filter(id=row_id(done[1], "Message")).update(status="FAILED")

    found = await usage(acme, sales)

    assert (found["sentToday"], found["queued"]) == (1, 1)
