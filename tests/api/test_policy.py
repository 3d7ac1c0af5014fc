"""The company's rules of sending, changed by those who may."""

from typing import Any

import pytest

from api.documents import ERRORS
from api.drafts import Draft
from lab.product import TEST, Product
from letterhead.identity.actor import Permission
from letterhead.store import models

pytestmark = pytest.mark.asyncio(loop_scope="module")

POLICY = "policy { precedence incomingServer whenNotReady whenUncertain retestAfterDays }"
SET_POLICY = f"""
mutation ($input: SetPolicyInput!) {{ setPolicy(input: $input) {{ {POLICY} {ERRORS} }} }}
"""
AT_FIRST = {
    "precedence": "EMPLOYEE_FIRST",
    "incomingServer": "POP3_OR_IMAP",
    "whenNotReady": "HOLD",
    "whenUncertain": "RETRY_ONCE",
    "retestAfterDays": None,
}
CHANGED = {
    "precedence": "PROJECT_FIRST",
    "incomingServer": "OPTIONAL",
    "whenNotReady": "NEXT",
    "whenUncertain": "HOLD",
    "retestAfterDays": 30,
}


async def changed(acme: Product, **given: Any) -> dict[str, Any]:
    """What is not as it was at first, after this change."""
    payload = await acme.admin.do(SET_POLICY, given)
    assert payload["errors"] == [], payload
    shown = (await acme.admin.ask(f"{{ company {{ {POLICY} }} }}"))["company"]["policy"]
    assert payload["policy"] == shown
    return {name: value for name, value in shown.items() if value != AT_FIRST[name]}


@pytest.mark.parametrize("name", AT_FIRST)
async def test_what_is_left_out_is_kept(acme: Product, name: str) -> None:
    assert await changed(acme, **{name: CHANGED[name]}) == {name: CHANGED[name]}
    assert await changed(acme) == {name: CHANGED[name]}
    assert await changed(acme, **CHANGED) == CHANGED


async def test_only_the_number_of_days_can_be_cleared(acme: Product) -> None:
    await changed(acme, **CHANGED)
    kept = {name: value for name, value in CHANGED.items() if name != "retestAfterDays"}
    assert await changed(acme, **dict.fromkeys(AT_FIRST)) == kept


@pytest.mark.parametrize(("days", "taken"), [(1, True), (365, True), (0, False), (366, False), (-1, False)])
async def test_a_test_is_good_for_a_day_to_a_year(acme: Product, days: int, taken: bool) -> None:
    payload = await acme.admin.do(SET_POLICY, {"precedence": "PROJECT_FIRST", "retestAfterDays": days})
    if taken:
        assert (payload["policy"]["retestAfterDays"], payload["errors"]) == (days, [])
        return
    [error] = payload["errors"]
    assert (payload["policy"], error["path"], error["code"]) == (None, ["retestAfterDays"], "INVALID")
    assert (await models.Company.get(id=acme.company_id)).precedence == "EMPLOYEE_FIRST", "all or nothing"


async def test_who_may_not_is_told_so(acme: Product) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    others = set(Permission) - {Permission.MANAGE_POLICY}
    for caller in (await acme.employee(ids["ann"]), await acme.service(*others)):
        payload = await caller.do(SET_POLICY, {"precedence": "PROJECT_FIRST"})
        codes = [error["code"] for error in payload["errors"]]
        assert (payload["policy"], codes) == (None, ["NOT_PERMITTED"])
    desk = await acme.service(Permission.MANAGE_POLICY)
    assert (await desk.do(SET_POLICY, {"precedence": "PROJECT_FIRST"}))["errors"] == []


async def test_another_company_keeps_its_own(acme: Product) -> None:
    other = await acme.company(f"Other of {acme.company_id}")
    await changed(acme, **CHANGED)
    shown = (await other.ask(f"{{ company {{ {POLICY} }} }}"))["company"]["policy"]
    assert shown == AT_FIRST


async def test_each_change_is_in_the_audit_log_with_what_was_before(acme: Product) -> None:
    await changed(acme, incomingServer="OPTIONAL", retestAfterDays=30)
    await changed(acme, incomingServer="OPTIONAL", retestAfterDays=None)
    await changed(acme, incomingServer="OPTIONAL")
    entries = models.AuditEntry.filter(company_id=acme.company_id, action="POLICY_CHANGED")
    assert [
        (entry.subject_type, entry.subject_id, entry.changes) for entry in await entries.order_by("at")
    ] == [
        (
            "Company",
            acme.company_id,
            [
                {"field": "incomingServer", "before": "POP3_OR_IMAP", "after": "OPTIONAL"},
                {"field": "retestAfterDays", "before": None, "after": "30"},
            ],
        ),
        ("Company", acme.company_id, [{"field": "retestAfterDays", "before": "30", "after": None}]),
    ]


async def test_the_next_test_goes_by_it(acme: Product, draft: Draft) -> None:
    without = draft("sales", incoming=None)
    refused = await acme.admin.do(TEST, {"draft": without})
    assert [error["path"] for error in refused["errors"]] == [["draft", "incoming"]]
    await changed(acme, incomingServer="OPTIONAL")
    assert (await acme.admin.saved(without))["status"] == "READY"
