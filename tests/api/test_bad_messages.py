"""A message that cannot be one is not queued: each problem is named, and nothing is written."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from api import rows
from api.documents import CANCEL_MESSAGE, RETRY_MESSAGE, SEND
from api.drafts import at
from api.marks import on_sqlite
from lab.product import Caller, Product, with_company
from letterhead.serving import Serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

RANDOM = "TWVzc2FnZTowMWEyMGMzMS1mMmQ2LTc3N2UtYWFmOS02ZDM3YWNmNTIxMzI"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ann(server: Serving) -> AsyncIterator[Caller]:
    """An employee of a company without addresses."""
    acme = await with_company(server, "Acme")
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    yield await acme.employee(ids["ann"])
    await acme.close()


def message(**changes: Any) -> dict[str, Any]:
    return {
        "idempotencyKey": "one",
        "context": {},
        "to": [{"address": at("contact")}],
        "subject": "Hello",
        "text": "How are you?",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"to": []}, "to", "REQUIRED"),
        ({"to": [{"address": at(f"c{n}")} for n in range(2000)]}, "to", "TOO_MANY_RECIPIENTS"),
        ({"to": [{"address": "contact"}]}, "to.0.address", "INVALID"),
        ({"to": [{"address": ""}]}, "to.0.address", "INVALID"),
        ({"to": [{"address": "a@acme.example>\r\nRCPT TO:<eve@evil.example"}]}, "to.0.address", "INVALID"),
        ({"cc": [{"address": "søren@acme.example"}]}, "cc.0.address", "INVALID"),
        ({"bcc": [{"address": "b\x00@acme.example"}]}, "bcc.0.address", "INVALID"),
        ({"to": [{"address": at("contact"), "name": "C\r\nBcc: eve@evil.example"}]}, "to.0.name", "INVALID"),
        ({"cc": [{"address": at("copy"), "name": "n" * 201}]}, "cc.0.name", "INVALID"),
        ({"subject": "Hello\r\nBcc: eve@evil.example"}, "subject", "INVALID"),
        ({"subject": "Hello\x00"}, "subject", "INVALID"),
        ({"subject": "H" * 999}, "subject", "TOO_LARGE"),
        ({"text": None}, "text", "REQUIRED"),
        ({"text": "How\x00"}, "text", "INVALID"),
        ({"html": "<p>\x1b</p>"}, "html", "INVALID"),
        ({"idempotencyKey": ""}, "idempotencyKey", "REQUIRED"),
        ({"idempotencyKey": "k" * 201}, "idempotencyKey", "INVALID"),
        ({"idempotencyKey": "one\ntwo"}, "idempotencyKey", "INVALID"),
        ({"idempotencyKey": "one\x00"}, "idempotencyKey", "INVALID"),
        ({"replyTo": "nobody"}, "replyTo", "INVALID"),
        ({"replyTo": "a@acme.example\r\nX: y"}, "replyTo", "INVALID"),
        ({"inReplyTo": "<a@b>\r\nBcc: eve@evil.example"}, "inReplyTo", "INVALID"),
        ({"headers": [{"name": "Bcc", "value": "eve@evil.example"}]}, "headers.0.name", "INVALID"),
        ({"headers": [{"name": "X-A", "value": "b\r\nBcc: c"}]}, "headers.0.value", "INVALID"),
        ({"expiresAt": "2001-01-01T00:00:00Z"}, "expiresAt", "INVALID"),
        ({"notBefore": "9999-01-01T00:00:00Z"}, "notBefore", "INVALID"),
        ({"context": {"projectId": "garbage"}}, "context.projectId", "NOT_FOUND"),
        ({"context": {"accountId": RANDOM}}, "context.accountId", "NOT_FOUND"),
        ({"context": {"employeeId": RANDOM}}, "context.employeeId", "NOT_FOUND"),
        ({"context": {"alias": "a\x00@acme.example"}}, "context.alias", "SENDER_NOT_AVAILABLE"),
        ({}, "context", "NO_SENDER"),
    ],
)
async def test_what_is_wrong_is_named(ann: Caller, changes: dict[str, Any], path: str, code: str) -> None:
    before = await rows.counts()

    payload = await ann.do(SEND, message(**changes))

    [error] = payload["errors"]
    assert (".".join(error["path"]), error["code"]) == (path, code)
    assert error["message"].endswith(".")
    assert (payload["message"], payload["replayed"]) == (None, False)
    assert await rows.counts() == before


async def test_a_message_has_an_author(acme: Product) -> None:
    payload = await acme.admin.do(SEND, message())

    [error] = payload["errors"]
    assert (error["path"], error["code"]) == (["context", "employeeId"], "REQUIRED")


@pytest.mark.parametrize("document", [CANCEL_MESSAGE, RETRY_MESSAGE])
@pytest.mark.parametrize("message_id", ["", "garbage", "☃", RANDOM])
async def test_only_a_message_is_cancelled_or_tried_again(
    acme: Product, document: str, message_id: str
) -> None:
    payload = await acme.admin.do(document, {"messageId": message_id})

    [error] = payload["errors"]
    assert (error["path"], error["code"]) == (["messageId"], "NOT_FOUND")
