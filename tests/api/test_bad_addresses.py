"""Addresses that mail came back from, as a composer asks about them."""

from datetime import timedelta

import pytest

from lab.product import Product
from letterhead.store import models
from letterhead.store.database import now

KNOWN = """
query ($addresses: [String!]!) { knownBadAddresses(addresses: $addresses) { address diagnosis { code } } }
"""
FORGET = """
mutation ($input: ForgetBadAddressInput!) { forgetBadAddress(input: $input) { forgotten errors { code } } }
"""
ZOE = "zoe@example.org"


async def remember(product: Product) -> None:
    diagnosis = {"code": "RECIPIENT_UNKNOWN", "title": "Gone"}
    since = now() - timedelta(days=30)
    await models.BadAddress.create(
        company_id=product.company_id, address_key=ZOE, since=since, diagnosis=diagnosis
    )


async def test_a_composer_can_ask_before_somebody_writes(product: Product) -> None:
    await remember(product)
    stranger = await product.company("Stranger Ltd")
    asked = ["max@example.org", "Zoe@Example.org"]

    known = await product.admin.ask(KNOWN, addresses=asked)
    elsewhere = await stranger.ask(KNOWN, addresses=asked)

    bad = {"address": "Zoe@Example.org", "diagnosis": {"code": "RECIPIENT_UNKNOWN"}}
    assert known == {"knownBadAddresses": [bad]}
    assert elsewhere == {"knownBadAddresses": []}


async def test_whoever_knows_better_says_so(product: Product) -> None:
    await remember(product)

    first = await product.admin.do(FORGET, {"address": ZOE})
    again = await product.admin.do(FORGET, {"address": ZOE})

    assert first == {"forgotten": True, "errors": []}
    assert again == {"forgotten": False, "errors": []}


async def test_who_may_not_write_may_not_ask(product: Product) -> None:
    await remember(product)
    tool = await product.service()

    answer = await tool.answer(KNOWN, addresses=[ZOE])
    payload = await tool.do(FORGET, {"address": ZOE})

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert payload == {"forgotten": False, "errors": [{"code": "NOT_PERMITTED"}]}


async def test_more_than_can_be_asked_at_once_is_said(product: Product) -> None:
    answer = await product.admin.answer(KNOWN, addresses=["a@example.org"] * 501)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize("address", ["a" * 400 + "@example.org", "zoe\0@example.org", "", "zoe"])
async def test_what_is_no_address_was_not_known_as_bad(product: Product, address: str) -> None:
    payload = await product.admin.do(FORGET, {"address": address})

    assert payload == {"forgotten": False, "errors": []}
