"""Only a passed test of one's own can be saved, once, soon, and for the account it was of."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api import rows
from api.documents import CANCEL_TEST, NODE, SAVE, SET_ENABLED, TEST, UPDATE
from api.drafts import Draft, at
from api.marks import on_sqlite
from lab.product import Caller, Product
from lab.sinks import Rudeness, counting_smtp_server
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refused(caller: Caller, given: dict[str, Any]) -> tuple[list[str], str]:
    """Path and code of the one error that saving answers with, having written nothing."""
    before = await rows.counts()
    payload = await caller.do(SAVE, given)
    [error] = payload["errors"]
    assert payload["emailAccount"] is None
    assert error["message"].endswith(".")
    assert await rows.counts() == before
    return error["path"], error["code"]


async def test_a_passed_test_becomes_an_account(acme: Product, draft: Draft) -> None:
    test = await acme.admin.tested(draft("sales"))

    payload = await acme.admin.do(
        SAVE, {"testId": test["id"], "displayName": " Acme Sales ", "replyTo": "hello@acme.example"}
    )

    account = payload["emailAccount"]
    del account["id"]
    assert payload["errors"] == []
    assert account == {
        "address": at("sales"),
        "displayName": "Acme Sales",
        "replyTo": "hello@acme.example",
        "status": "READY",
        "position": 0,
        "version": 1,
        "addressProof": "NOT_REFUSED",
        "access": {"mode": "ALL", "employees": {"nodes": []}, "groups": {"nodes": []}},
        "scope": {"mode": "ALL", "projects": {"nodes": []}},
    }


async def test_saving_again_answers_the_same_account(acme: Product, draft: Draft) -> None:
    test = await acme.admin.tested(draft("sales"))

    answers = await asyncio.gather(*(acme.admin.do(SAVE, {"testId": test["id"]}) for _ in range(5)))
    later = await acme.admin.do(SAVE, {"testId": test["id"]})

    assert {answer["emailAccount"]["id"] for answer in answers} == {later["emailAccount"]["id"]}
    assert [answer["errors"] for answer in (*answers, later)] == [[]] * 6
    assert await models.EmailAccount.filter(company_id=acme.company_id).count() == 1


async def test_an_owner_has_an_address_once(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    await acme.admin.saved(draft("sales"))
    again = await acme.admin.tested(draft("sales", address=at("SALES")))

    assert await refused(acme.admin, {"testId": again["id"]}) == (["testId"], "ADDRESS_TAKEN")
    assert (await ann.saved(draft("sales"), ownerId=ids["ann"]))["address"] == at("sales")


@on_sqlite
async def test_a_failed_test_is_not_saved(acme: Product, draft: Draft) -> None:
    test = await acme.admin.tested(draft("sales", credential={"password": "open says me"}))

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "WRONG_PASSWORD")
    assert await refused(acme.admin, {"testId": test["id"]}) == (["testId"], "TEST_FAILED")


@on_sqlite
async def test_a_running_test_is_not_saved_and_a_cancelled_one_neither(acme: Product, draft: Draft) -> None:
    async with counting_smtp_server(answers={"greeting": Rudeness.SILENCE}) as silent:
        smtp = {"protocol": "SMTP", "host": "localhost", "port": silent.port, "security": "STARTTLS"}
        started = (await acme.admin.do(TEST, {"draft": draft("sales", smtp=smtp)}))["test"]

        while_running = await refused(acme.admin, {"testId": started["id"]})
        cancelled = await acme.admin.do(CANCEL_TEST, {"testId": started["id"]})
        again = await acme.admin.do(CANCEL_TEST, {"testId": started["id"]})

    assert while_running == (["testId"], "TEST_REQUIRED")
    assert cancelled == again == {"test": {"id": started["id"], "status": "CANCELLED"}, "errors": []}
    assert await refused(acme.admin, {"testId": started["id"]}) == (["testId"], "TEST_FAILED")


async def test_a_test_is_good_for_half_an_hour(acme: Product, draft: Draft) -> None:
    test = await acme.admin.tested(draft("sales"))
    await models.AccountTest.filter(id=row_id(test["id"], "AccountTest")).update(
        usable_until=now() - timedelta(seconds=1)
    )

    assert await refused(acme.admin, {"testId": test["id"]}) == (["testId"], "TEST_EXPIRED")


async def test_a_test_is_the_callers_own(acme: Product, draft: Draft) -> None:
    colleague = await acme.administrator()
    test = await acme.admin.tested(draft("sales"))

    assert (await colleague.ask(NODE, id=test["id"]))["node"]["id"] == test["id"]
    assert await refused(colleague, {"testId": test["id"]}) == (["testId"], "NOT_FOUND")
    payload = await colleague.do(CANCEL_TEST, {"testId": test["id"]})
    assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]


async def test_a_test_is_of_one_account(acme: Product, draft: Draft) -> None:
    sales = await acme.admin.saved(draft("sales"))
    info = await acme.admin.saved(draft("info"))
    of_sales = await acme.admin.tested(draft("sales"), accountId=sales["id"])
    of_none = await acme.admin.tested(draft("help"))

    for test, account in ((of_sales, None), (of_sales, info), (of_none, info)):
        given = {"testId": test["id"]} | ({"accountId": account["id"]} if account else {})
        assert await refused(acme.admin, given) == (["testId"], "TEST_OF_OTHER_SETTINGS")


async def test_new_settings_take_the_place_of_the_old(acme: Product, draft: Draft) -> None:
    sales = await acme.admin.saved(draft("sales"))
    test = await acme.admin.tested(draft("hello"), accountId=sales["id"])

    payload = await acme.admin.do(SAVE, {"testId": test["id"], "accountId": sales["id"]})

    account = payload["emailAccount"]
    assert (account["id"], account["address"], account["version"]) == (sales["id"], at("hello"), 2)


async def test_a_failed_test_leaves_the_working_settings_in_force(acme: Product, draft: Draft) -> None:
    sales = await acme.admin.saved(draft("sales"))
    bad = draft("sales", credential={"password": "open says me"})

    test = await acme.admin.tested(bad, accountId=sales["id"])

    assert test["status"] == "FAILED"
    assert (await acme.admin.tested(draft("sales"), accountId=sales["id"]))["status"] == "PASSED"
    again = await acme.admin.do(TEST, {"accountId": sales["id"]})
    assert (await acme.admin.until_tested(again["test"]["id"]))["status"] == "PASSED"


async def test_a_test_of_settings_that_were_changed_meanwhile_is_not_saved(
    acme: Product, draft: Draft
) -> None:
    sales = await acme.admin.saved(draft("sales"))
    early = await acme.admin.tested(draft("early"), accountId=sales["id"])
    late = await acme.admin.tested(draft("late"), accountId=sales["id"])
    payload = await acme.admin.do(SAVE, {"testId": late["id"], "accountId": sales["id"]})
    assert payload["errors"] == []

    given = {"testId": early["id"], "accountId": sales["id"]}

    assert await refused(acme.admin, given) == (["testId"], "TEST_OF_OTHER_SETTINGS")


async def test_a_new_name_needs_no_new_test(acme: Product, draft: Draft) -> None:
    sales = await acme.admin.saved(draft("sales"))
    test = await acme.admin.tested(draft("hello"), accountId=sales["id"])
    await acme.admin.do(UPDATE, {"accountId": sales["id"], "displayName": "Sales"})

    payload = await acme.admin.do(SAVE, {"testId": test["id"], "accountId": sales["id"]})

    account = payload["emailAccount"]
    assert (account["address"], account["displayName"], account["version"]) == (at("hello"), "Sales", 3)


async def test_what_is_left_out_is_kept_and_null_clears(acme: Product, draft: Draft) -> None:
    sales = await acme.admin.saved(draft("sales"), {"displayName": "Sales", "replyTo": "a@acme.example"})
    given = {"accountId": sales["id"]}

    kept = await acme.admin.do(UPDATE, given | {"position": 7})
    cleared = await acme.admin.do(UPDATE, given | {"displayName": None, "replyTo": ""})

    shown = [
        (payload["emailAccount"]["displayName"], payload["emailAccount"]["replyTo"])
        for payload in (kept, cleared)
    ]
    assert shown == [("Sales", "a@acme.example"), (None, None)]


async def test_two_people_do_not_overwrite_each_other(acme: Product, draft: Draft) -> None:
    sales = await acme.admin.saved(draft("sales"))
    seen = {"accountId": sales["id"], "expectedVersion": sales["version"]}

    payloads = [await acme.admin.do(UPDATE, seen | {"displayName": name}) for name in ("First", "Second")]
    switched = await acme.admin.do(SET_ENABLED, seen | {"enabled": False})

    assert payloads[0]["emailAccount"]["displayName"] == "First"
    assert [
        (error["path"], error["code"]) for payload in (payloads[1], switched) for error in payload["errors"]
    ] == [(["expectedVersion"], "VERSION_CONFLICT")] * 2


@on_sqlite
async def test_at_most_ten_tests_run_at_once(acme: Product, draft: Draft) -> None:
    async with counting_smtp_server(answers={"greeting": Rudeness.SILENCE}) as silent:
        smtp = {"protocol": "SMTP", "host": "localhost", "port": silent.port, "security": "STARTTLS"}
        slow = draft("sales", smtp=smtp)
        started = [await acme.admin.do(TEST, {"draft": slow}) for _ in range(10)]
        before = await rows.counts()

        payload = await acme.admin.do(TEST, {"draft": slow})

        assert [error["code"] for error in payload["errors"]] == ["TOO_MANY_TESTS"]
        assert await rows.counts() == before
        for one in started:
            await acme.admin.do(CANCEL_TEST, {"testId": one["test"]["id"]})
