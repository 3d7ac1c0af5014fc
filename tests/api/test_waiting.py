"""Messages that are not through yet: tried again, waiting for their account, held for their author."""

import asyncio
from typing import Any

import pytest
import trustme

from api.documents import (
    CANCEL_MESSAGE,
    DELETE,
    RETRY_MESSAGE,
    SEND,
    SET_ACCESS,
    SET_ENABLED,
    SET_SCOPE,
    TEST,
)
from api.drafts import Draft, at, server
from api.mailbox import arrived
from api.marks import on_sqlite
from api.messages import LATER, due, fresh, message, sent, shown, writer
from lab.product import Product
from lab.sinks import counting_smtp_server
from letterhead.sandbox.service import Sandbox

pytestmark = pytest.mark.asyncio(loop_scope="module")


@on_sqlite
@pytest.mark.parametrize(
    ("name", "code"),
    [("full", "RECIPIENT_MAILBOX_FULL"), ("busy", "GREYLISTED"), ("slow-down", "RATE_LIMITED")],
)
async def test_what_passes_is_tried_again_later(acme: Product, draft: Draft, name: str, code: str) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    message_id = await sent(ann, message(at(name)))

    await ann.message_when(message_id, lambda message: message["status"] == "DEFERRED")

    found = await shown(ann, message_id)
    [recipient] = found["recipients"]
    assert (recipient["status"], recipient["diagnosis"]["code"]) == ("DEFERRED", code)
    assert (found["finishedAt"], len(found["attempts"]["nodes"])) == (None, 1)
    assert found["nextAttemptAt"]


@on_sqlite
async def test_what_is_deferred_can_be_tried_at_once(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    message_id = await sent(ann, message(at("busy")))
    await ann.message_when(message_id, lambda message: message["status"] == "DEFERRED")

    payload = await ann.do(RETRY_MESSAGE, {"messageId": message_id})

    assert payload["errors"] == []
    async with asyncio.timeout(30):
        while len((await shown(ann, message_id))["attempts"]["nodes"]) < 2:  # noqa: ASYNC110 - it is a server's
            await asyncio.sleep(0.02)


@on_sqlite
async def test_what_has_not_gone_out_can_be_cancelled(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    message_id = await sent(ann, message(at("contact")) | LATER)

    cancelled = await ann.do(CANCEL_MESSAGE, {"messageId": message_id})
    again = [
        await ann.do(document, {"messageId": message_id}) for document in (CANCEL_MESSAGE, RETRY_MESSAGE)
    ]

    assert cancelled == {"message": {"id": message_id, "status": "CANCELLED"}, "errors": []}
    assert [[error["code"] for error in payload["errors"]] for payload in again] == [["NOT_POSSIBLE_NOW"]] * 2


@on_sqlite
async def test_what_has_gone_out_cannot_be_taken_back(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    await acme.admin.saved(draft("sales"))
    message_id = await sent(ann, message(at("contact")))
    await ann.finished(message_id)

    payloads = [
        await ann.do(document, {"messageId": message_id}) for document in (CANCEL_MESSAGE, RETRY_MESSAGE)
    ]

    assert [[error["code"] for error in payload["errors"]] for payload in payloads] == [
        ["NOT_POSSIBLE_NOW"]
    ] * 2


async def test_a_refused_password_pauses_the_account_and_its_mail_waits(
    acme: Product, draft: Draft, lab_ca: trustme.CA
) -> None:
    ann = await writer(acme)
    answers: dict[str, Any] = {"AUTH": "235 2.7.0 Welcome"}
    script = {"AUTH": lambda _: answers["AUTH"]}
    async with counting_smtp_server(certificate=lab_ca.issue_cert("localhost"), answers=script) as sink:
        sales = await acme.admin.saved(draft("sales", smtp=server("SMTP", sink.port)))
        answers["AUTH"] = "535 5.7.8 Username and password not accepted"
        before = sink.count("AUTH")
        first, second = [await sent(ann, message(at("contact"))) for _ in range(2)]
        for message_id in (first, second):
            await ann.message_when(message_id, lambda message: message["waitingFor"])
        refused = sink.count("AUTH") - before

        waiting = await shown(ann, first)
        answers["AUTH"] = "235 2.7.0 Welcome"
        test = await acme.admin.do(TEST, {"accountId": sales["id"]})
        await acme.admin.until_tested(test["test"]["id"])
        done = [await ann.finished(message_id) for message_id in (first, second)]

    assert (waiting["status"], waiting["waitingFor"], waiting["account"]["status"], refused) == (
        *("QUEUED", {"code": "WRONG_PASSWORD"}, "PAUSED"),
        1,
    )
    assert waiting["account"]["problem"] == {"code": "WRONG_PASSWORD"}
    assert [one["status"] for one in done] == ["SENT", "SENT"]
    assert len(sink.messages) == 2


@pytest.mark.parametrize(
    ("document", "changes"),
    [
        (SET_ENABLED, [{"enabled": False}, {"enabled": True}]),
        (SET_ACCESS, [{"access": {"mode": "SELECTED"}}, {"access": {"mode": "ALL"}}]),
        (SET_SCOPE, [{"scope": {"mode": "SELECTED"}}, {"scope": {"mode": "ALL"}}]),
    ],
)
async def test_mail_that_may_not_leave_any_more_is_held_until_it_may(
    acme: Product, draft: Draft, mail: Sandbox, document: str, changes: list[dict[str, Any]]
) -> None:
    ann = await writer(acme)
    forbid, allow = changes
    account = {"accountId": (await acme.admin.saved(draft("sales")))["id"]}
    to = fresh("to")
    message_id = await sent(ann, message(to) | LATER)

    await acme.admin.do(document, account | forbid)
    await due(acme, message_id)
    held = await ann.message_when(message_id, lambda message: message["status"] == "HELD")
    late = await ann.do(SEND, message(to))
    await acme.admin.do(document, account | allow)
    retried = await ann.do(RETRY_MESSAGE, {"messageId": message_id})

    assert held["heldBecause"]["title"]
    assert [error["code"] for error in late["errors"]] == ["NO_SENDER"]
    assert retried["errors"] == []
    assert (await ann.finished(message_id))["status"] == "SENT"
    assert len(await arrived(mail, to)) == 1


@on_sqlite
async def test_held_mail_is_held_again_while_nothing_has_changed(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    sales = await acme.admin.saved(draft("sales"))
    message_id = await sent(ann, message(at("contact")) | LATER)
    await acme.admin.do(SET_ENABLED, {"accountId": sales["id"], "enabled": False})
    await due(acme, message_id)
    await ann.message_when(message_id, lambda message: message["status"] == "HELD")

    retried = await ann.do(RETRY_MESSAGE, {"messageId": message_id})
    held = await ann.message_when(message_id, lambda message: message["heldBecause"])

    assert (retried["errors"], held["heldBecause"]["title"]) == ([], "Its address is switched off")


async def test_mail_of_a_deleted_account_is_held(acme: Product, draft: Draft) -> None:
    ann = await writer(acme)
    sales = await acme.admin.saved(draft("sales"))
    message_id = await sent(ann, message(at("contact")) | LATER)

    await acme.admin.do(DELETE, {"accountId": sales["id"]})
    await due(acme, message_id)
    await ann.message_when(message_id, lambda message: message["status"] == "HELD")

    found = await shown(ann, message_id)
    assert (found["account"], found["author"]) == (None, {"externalId": "ann"})
