"""A test is not begun with settings that cannot be right: each problem is named, and nothing is written."""

from typing import Any

import pytest

from api import rows
from api.documents import TEST
from api.drafts import Draft, at, server
from api.marks import on_sqlite
from lab.product import Product

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

RANDOM = "RW1haWxBY2NvdW50OjAxYTIwYzMxLWYyZDYtNzc3ZS1hYWY5LTZkMzdhY2Y1MjEzMg"
MANY = [{"address": f"alias{number}@acme.example"} for number in range(21)]


def smtp(**changes: Any) -> dict[str, Any]:
    return {"smtp": server("SMTP", 587) | changes}


def incoming(**changes: Any) -> dict[str, Any]:
    return {"incoming": server("POP3", 995) | changes}


def alias(address: str, name: str | None = None) -> dict[str, Any]:
    return {"aliases": [{"address": at("fine")}, {"address": address, "displayName": name}]}


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"address": ""}, "address", "REQUIRED"),
        ({"address": "  "}, "address", "REQUIRED"),
        ({"address": "sales"}, "address", "INVALID"),
        ({"address": "sales@"}, "address", "INVALID"),
        ({"address": "a@b@acme.example"}, "address", "INVALID"),
        ({"address": "Sales <sales@acme.example>"}, "address", "INVALID"),
        ({"address": "sales@acme.example\r\nBcc: eve@evil.example"}, "address", "INVALID"),
        ({"address": "sa\x00les@acme.example"}, "address", "INVALID"),
        ({"address": "sa\u202eles@acme.example"}, "address", "INVALID"),
        ({"address": "søren@acme.example"}, "address", "INVALID"),
        ({"address": f"{'a' * 65}@acme.example"}, "address", "INVALID"),
        ({"providerKey": "no-such-service"}, "providerKey", "INVALID"),
        ({"providerKey": "custom\n"}, "providerKey", "INVALID"),
        ({"smtp": None}, "smtp", "REQUIRED"),
        ({"incoming": None}, "incoming", "REQUIRED"),
        (smtp(port=0), "smtp.port", "INVALID"),
        (smtp(port=65536), "smtp.port", "INVALID"),
        (smtp(port=-1), "smtp.port", "INVALID"),
        (smtp(host=""), "smtp.host", "REQUIRED"),
        (smtp(host="mail.acme.example\r\nX: y"), "smtp.host", "INVALID"),
        (smtp(host="mail\x00.acme.example"), "smtp.host", "INVALID"),
        (smtp(host="https://mail.acme.example/"), "smtp.host", "INVALID"),
        (smtp(host="0x7f000001"), "smtp.host", "INVALID"),
        (smtp(host="sales@acme.example"), "smtp.host", "INVALID"),
        (smtp(username="sales\r\nQUIT"), "smtp.username", "INVALID"),
        (smtp(username="u" * 321), "smtp.username", "INVALID"),
        (smtp(protocol="POP3"), "smtp.protocol", "INVALID"),
        (incoming(port=65536), "incoming.port", "INVALID"),
        (incoming(host=" "), "incoming.host", "REQUIRED"),
        (incoming(username="sales\x00"), "incoming.username", "INVALID"),
        (incoming(protocol="SMTP"), "incoming.protocol", "INVALID"),
        (alias("nobody"), "aliases.1.address", "INVALID"),
        (alias("help\n@acme.example"), "aliases.1.address", "INVALID"),
        (alias(at("help"), "Help\r\nBcc: eve@evil.example"), "aliases.1.displayName", "INVALID"),
        (alias(at("help"), "n" * 201), "aliases.1.displayName", "INVALID"),
        (alias(at("SALES")), "aliases.1.address", "INVALID"),
        ({"aliases": MANY}, "aliases", "INVALID"),
        ({"credential": {"password": ""}}, "credential.password", "REQUIRED"),
        ({"credential": {"password": "p" * 4097}}, "credential.password", "INVALID"),
        ({"credential": {"password": "open\r\nQUIT"}}, "credential.password", "INVALID"),
        ({"credential": {"password": "open\x00"}}, "credential.password", "INVALID"),
        ({"credential": {"keepExisting": False}}, "credential.keepExisting", "INVALID"),
        ({"credential": {"none": False}}, "credential.none", "INVALID"),
        ({"credential": {"keepExisting": True}}, "credential.keepExisting", "SECRET_REQUIRED"),
        ({"credential": {"flowId": "garbage"}}, "credential.flowId", "NOT_FOUND"),
        ({"credential": {"flowId": RANDOM}}, "credential.flowId", "NOT_FOUND"),
        ({"incomingCredential": {"password": ""}}, "incomingCredential.password", "REQUIRED"),
        ({"incomingCredential": {"flowId": "garbage"}}, "incomingCredential.flowId", "NOT_FOUND"),
        ({"incomingCredential": {"none": False}}, "incomingCredential.none", "INVALID"),
    ],
)
async def test_what_is_wrong_is_named(
    acme: Product, draft: Draft, changes: dict[str, Any], path: str, code: str
) -> None:
    before = await rows.counts()

    payload = await acme.admin.do(TEST, {"draft": draft("sales", **changes)})

    [error] = payload["errors"]
    assert (error["path"], error["code"]) == (["draft", *path.split(".")], code)
    assert error["message"].endswith((".", "?", "example"))
    assert payload["test"] is None
    assert await rows.counts() == before


async def test_all_that_is_wrong_is_named_at_once(acme: Product, draft: Draft) -> None:
    bad = draft("sales", address="sales", **smtp(host="", port=0), **incoming(username="a\nb"))

    payload = await acme.admin.do(TEST, {"draft": bad})

    assert [".".join(error["path"]) for error in payload["errors"]] == [
        "draft.address",
        "draft.smtp.port",
        "draft.smtp.host",
        "draft.incoming.username",
    ]


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({}, ["draft"], "REQUIRED"),
        ({"accountId": "garbage"}, ["accountId"], "NOT_FOUND"),
        ({"accountId": RANDOM}, ["accountId"], "NOT_FOUND"),
        ({"ownerId": "garbage"}, ["ownerId"], "NOT_FOUND"),
        ({"ownerId": RANDOM}, ["ownerId"], "NOT_FOUND"),
    ],
)
async def test_a_test_is_of_something(
    acme: Product, given: dict[str, Any], path: list[str], code: str
) -> None:
    before = await rows.counts()

    payload = await acme.admin.do(TEST, given)

    assert [(error["path"], error["code"]) for error in payload["errors"]] == [(path, code)]
    assert await rows.counts() == before


@pytest.mark.parametrize("credential", [{}, {"password": "open sesame", "none": True}, {"password": None}])
async def test_one_credential_is_given_and_no_more(
    acme: Product, draft: Draft, credential: dict[str, Any]
) -> None:
    answer = await acme.admin.answer(TEST, input={"draft": draft("sales", credential=credential)})

    [error] = answer["errors"]
    assert (answer.get("data"), error["extensions"]["code"]) == (None, "BAD_REQUEST")
    assert "xactly one" in error["message"] or "must be non-null" in error["message"]
