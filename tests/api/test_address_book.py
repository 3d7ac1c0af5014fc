"""The book of each owner: its order, its versions, and nobody overwriting anybody."""

import asyncio
from typing import Any

import pytest

from api.books import SET_BOUNCE_READING, SET_LIMITS
from api.documents import ACCOUNTS, DELETE, ERRORS, SAVE, SET_ACCESS, SET_ENABLED, SET_SCOPE, UPDATE
from api.drafts import Draft, at
from lab.product import Caller, Product
from letterhead.schema.ids import row_id
from letterhead.store import models

pytestmark = pytest.mark.asyncio(loop_scope="module")

SET_POLICY = f"mutation ($input: SetPolicyInput!) {{ setPolicy(input: $input) {{ {ERRORS} }} }}"
CAN = "query ($id: ID!) { node(id: $id) { ... on EmailAccount { status viewerCan } } }"
ANN = [{"externalId": "ann", "name": "Ann"}]
BEN = [{"externalId": "ben", "name": "Ben"}]


async def order(caller: Caller, owner: str) -> list[str]:
    found = await caller.ask(ACCOUNTS, filter={"ownerId": owner})
    return [node["address"].split("@")[0] for node in found["emailAccounts"]["nodes"]]


async def positions(acme: Product) -> list[int]:
    rows = models.EmailAccount.filter(company_id=acme.company_id).order_by("position")
    return [row.position for row in await rows]


async def several(acme: Product, draft: Draft, *names: str) -> dict[str, str]:
    return {name: (await acme.admin.saved(draft(name)))["id"] for name in names}


@pytest.mark.parametrize(
    ("moved", "to", "expected"),
    [
        ("a", 2, ["b", "c", "a", "d"]),
        ("d", 0, ["d", "a", "b", "c"]),
        ("b", 1, ["a", "b", "c", "d"]),
        ("a", 1_000_000, ["b", "c", "d", "a"]),
    ],
)
async def test_where_one_is_put_the_others_make_room(
    acme: Product, draft: Draft, moved: str, to: int, expected: list[str]
) -> None:
    ids = await acme.directory()
    accounts = await several(acme, draft, "a", "b", "c", "d")

    payload = await acme.admin.do(UPDATE, {"accountId": accounts[moved], "position": to})

    assert payload["emailAccount"]["position"] == expected.index(moved)
    assert await order(acme.admin, ids["company"]) == expected
    assert await positions(acme) == [0, 1, 2, 3]


async def test_making_room_is_no_change_of_the_others(acme: Product, draft: Draft) -> None:
    accounts = await several(acme, draft, "a", "b")

    await acme.admin.do(UPDATE, {"accountId": accounts["b"], "position": 0})
    payload = await acme.admin.do(
        UPDATE, {"accountId": accounts["a"], "expectedVersion": 1, "displayName": "A"}
    )

    assert (payload["errors"], payload["emailAccount"]["position"]) == ([], 1)


async def test_each_owner_has_an_order_of_its_own(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=ANN)
    ann = await acme.employee(ids["ann"])
    await several(acme, draft, "a", "b")
    own = {name: (await ann.saved(draft(name), ownerId=ids["ann"]))["id"] for name in ("c", "d")}

    await ann.do(UPDATE, {"accountId": own["d"], "position": 0})

    assert await order(ann, ids["ann"]) == ["d", "c"]
    assert await order(acme.admin, ids["company"]) == ["a", "b"]


async def test_moves_at_the_same_moment_leave_one_order(acme: Product, draft: Draft) -> None:
    accounts = await several(acme, draft, "a", "b", "c", "d")

    payloads = await asyncio.gather(
        *(acme.admin.do(UPDATE, {"accountId": one, "position": 0}) for one in accounts.values())
    )

    assert [payload["errors"] for payload in payloads] == [[]] * 4
    assert await positions(acme) == [0, 1, 2, 3]


async def test_after_a_deletion_a_new_one_still_comes_last(acme: Product, draft: Draft) -> None:
    ids = await acme.directory()
    accounts = await several(acme, draft, "a", "b", "c")
    await acme.admin.do(DELETE, {"accountId": accounts["a"]})

    await acme.admin.saved(draft("d"))

    assert await order(acme.admin, ids["company"]) == ["b", "c", "d"]
    assert await positions(acme) == [1, 2, 3]


CHANGES = [
    (UPDATE, {"displayName": "Sales"}),
    (SET_ACCESS, {"access": {"mode": "SELECTED"}}),
    (SET_SCOPE, {"scope": {"mode": "SELECTED"}}),
    (SET_LIMITS, {"messagesPerDay": 10}),
    (SET_BOUNCE_READING, {"enabled": False}),
    (SET_ENABLED, {"enabled": False}),
    (DELETE, {}),
]


@pytest.mark.parametrize(("document", "given"), CHANGES)
async def test_of_changes_at_the_same_moment_one_is_made(
    acme: Product, draft: Draft, document: str, given: dict[str, Any]
) -> None:
    sales = await acme.admin.saved(draft("sales"))
    seen = {"accountId": sales["id"], "expectedVersion": sales["version"]}

    payloads = await asyncio.gather(*(acme.admin.do(document, seen | given) for _ in range(4)))

    codes = sorted(error["code"] for payload in payloads for error in payload["errors"])
    gone = codes.count("NOT_FOUND") if document is DELETE else 0
    assert codes == ["NOT_FOUND"] * gone + ["VERSION_CONFLICT"] * (3 - gone)


@pytest.mark.parametrize(("document", "given"), CHANGES)
async def test_what_was_read_before_a_change_changes_nothing(
    acme: Product, draft: Draft, document: str, given: dict[str, Any]
) -> None:
    sales = await acme.admin.saved(draft("sales"))
    test = await acme.admin.tested(draft("sales"), accountId=sales["id"])
    await acme.admin.do(UPDATE, {"accountId": sales["id"], "displayName": "First"})
    seen = {"accountId": sales["id"], "expectedVersion": sales["version"]}

    payloads = [
        await acme.admin.do(document, seen | given),
        await acme.admin.do(SAVE, seen | {"testId": test["id"]}),
    ]

    problems = [(error["path"], error["code"]) for payload in payloads for error in payload["errors"]]
    assert problems == [(["expectedVersion"], "VERSION_CONFLICT")] * 2
    row = await models.EmailAccount.get(id=row_id(sales["id"], "EmailAccount"))
    assert (row.version, row.display_name, row.status) == (2, "First", "READY")


async def test_an_address_that_is_saved_twice_at_the_same_moment_is_there_once(
    acme: Product, draft: Draft
) -> None:
    tests = [await acme.admin.tested(draft("sales")) for _ in range(4)]

    payloads = await asyncio.gather(*(acme.admin.do(SAVE, {"testId": test["id"]}) for test in tests))

    problems = [(error["path"], error["code"]) for payload in payloads for error in payload["errors"]]
    assert problems == [(["testId"], "ADDRESS_TAKEN")] * 3
    assert await models.EmailAccount.filter(company_id=acme.company_id).count() == 1


async def test_an_account_does_not_take_the_address_of_another(acme: Product, draft: Draft) -> None:
    accounts = await several(acme, draft, "a", "b")
    test = await acme.admin.tested(draft("b"), accountId=accounts["a"])

    payload = await acme.admin.do(SAVE, {"testId": test["id"], "accountId": accounts["a"]})

    assert [(error["path"], error["code"]) for error in payload["errors"]] == [(["testId"], "ADDRESS_TAKEN")]
    assert {one.address for one in await models.EmailAccount.filter(company_id=acme.company_id)} == {
        at("a"),
        at("b"),
    }


@pytest.mark.parametrize(
    ("before", "incoming", "now"), [("OPTIONAL", None, "POP3_OR_IMAP"), ("OPTIONAL", None, "POP3_REQUIRED")]
)
async def test_a_rule_that_came_after_the_test_holds_when_it_is_saved(
    acme: Product, draft: Draft, before: str, incoming: Any, now: str
) -> None:
    await acme.admin.do(SET_POLICY, {"incomingServer": before})
    test = await acme.admin.tested(draft("sales", incoming=incoming))
    await acme.admin.do(SET_POLICY, {"incomingServer": now})

    refused = await acme.admin.do(SAVE, {"testId": test["id"]})
    await acme.admin.do(SET_POLICY, {"incomingServer": before})
    saved = await acme.admin.do(SAVE, {"testId": test["id"]})

    assert [(error["path"], error["code"]) for error in refused["errors"]] == [(["testId"], "INVALID")]
    assert saved["errors"] == []


async def test_the_account_of_who_has_left_can_be_seen_and_deleted(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=ANN + BEN)
    ann, ben = await acme.employee(ids["ann"]), await acme.employee(ids["ben"])
    own = (await ann.saved(draft("ann"), ownerId=ids["ann"]))["id"]
    while_there = [await caller.do(DELETE, {"accountId": own}) for caller in (acme.admin, ben)]
    await acme.directory(employees=BEN, removeMissing=True)

    seen = (await acme.admin.ask(CAN, id=own))["node"]
    kept = [await acme.admin.do(document, {"accountId": own} | given) for document, given in CHANGES[:-1]]
    not_his = await ben.do(DELETE, {"accountId": own})
    gone = await acme.admin.do(DELETE, {"accountId": own})

    assert seen == {"status": "DISABLED", "viewerCan": ["DELETE"]}
    refused = [error["code"] for payload in (*while_there, *kept, not_his) for error in payload["errors"]]
    assert refused == ["NOT_FOUND"] * (2 + len(kept) + 1)
    assert gone == {"deletedId": own, "errors": []}
