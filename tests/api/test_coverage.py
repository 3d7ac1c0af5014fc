"""Who would write as whom, what a change would do, and what it warns of."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from api.books import COMPANY_WARNINGS, COVERAGE, DELETE, PREVIEW, WARNINGS, warned
from api.documents import ERRORS, UPDATE
from api.drafts import Draft, at
from api.messages import LATER, message, sent
from api.offices import Office
from lab.product import Caller, Product, with_company
from letterhead.identity.actor import Permission
from letterhead.schema.ids import row_id
from letterhead.serving import Serving
from letterhead.store import models
from letterhead.store.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAVE, SET_ACCESS, SET_SCOPE, SET_ENABLED = map(
    warned, ("saveEmailAccount", "setAccountAccess", "setAccountScope", "setAccountEnabled")
)
SET_POLICY = f"mutation ($input: SetPolicyInput!) {{ setPolicy(input: $input) {{ {WARNINGS} {ERRORS} }} }}"
PEOPLE = [{"externalId": name, "name": name.title()} for name in ("ann", "ben")]
PROJECTS = [{"externalId": name, "name": name.title()} for name in ("apollo", "gemini")]
NOWHERE = {"mode": "SELECTED", "projectIds": []}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(server: Serving, draft: Draft) -> AsyncIterator[Office]:
    """apollo for that project, Ann's own outside and in all; Ben has an address in Apollo only."""
    acme = await with_company(server, "Covered")
    ids = await acme.directory(employees=PEOPLE, projects=PROJECTS)
    office = Office({"admin": acme.admin}, ids)
    for name in ("ann", "ben"):
        office.callers[name] = await acme.employee(ids[name])
    for permission in (Permission.READ_AUDIT, Permission.MANAGE_DIRECTORY, Permission.SEND_FOR_OTHERS):
        office.callers[permission.value] = await acme.service(permission)
    apollo = {"scope": {"mode": "SELECTED", "projectIds": [ids["apollo"]]}}
    ids["shared"] = (await acme.admin.saved(draft("apollo"), apollo))["id"]
    ids["own"] = (await office.ann.saved(draft("ann"), ownerId=ids["ann"]))["id"]
    yield office
    await acme.close()


def entry(name: str, sender: dict[str, Any] | None) -> dict[str, Any]:
    return {"employee": {"externalId": name}, "sender": sender}


def writes(address: str, rule: str) -> dict[str, Any]:
    return {"from": address, "rule": rule, "ready": True, "account": {"address": address}}


OWN = writes(at("ann"), "EMPLOYEE_UNLINKED")
GAP = {"employeesWithoutSender": 1, "gaps": {"nodes": [entry("ben", None)]}}
NO_GAP: dict[str, Any] = {"employeesWithoutSender": 0, "gaps": {"nodes": []}}
ALL = [
    {"project": None, "people": {"nodes": [entry("ann", OWN), entry("ben", None)]}} | GAP,
    {
        "project": {"externalId": "apollo"},
        "people": {
            "nodes": [entry("ann", OWN), entry("ben", writes(at("apollo"), "COMPANY_PROJECT"))],
        },
    }
    | NO_GAP,
    {
        "project": {"externalId": "gemini"},
        "people": {"nodes": [entry("ann", OWN), entry("ben", None)]},
    }
    | GAP,
]


async def test_each_project_is_shown_with_its_people_and_gaps(office: Office) -> None:
    found = (await office.admin.ask(COVERAGE))["company"]["coverage"]

    assert found["nodes"] == ALL


async def test_places_are_read_page_by_page_or_one_alone(office: Office) -> None:
    found, after = [], None
    while True:
        page = (await office.admin.ask(COVERAGE, first=1, after=after))["company"]["coverage"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    alone = (await office.admin.ask(COVERAGE, projectId=office.ids["gemini"]))["company"]["coverage"]

    assert found == ALL
    assert alone["nodes"] == ALL[2:]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"projectId": "#ann"}, "NOT_FOUND"),
        ({"projectId": "garbage"}, "NOT_FOUND"),
        ({"after": "garbage"}, "BAD_INPUT"),
        ({"after": "WzEsImEiLCIiXQ=="}, "BAD_INPUT"),
        ({"first": 0}, "BAD_INPUT"),
    ],
)
async def test_what_cannot_be_asked_so_is_null_beside_an_error(
    office: Office, variables: dict[str, Any], code: str
) -> None:
    answer = await office.admin.answer(COVERAGE, **office.named(variables))

    assert answer["data"] == {"company": {"coverage": None}}
    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


OVERVIEW = "{ company { coverage { nodes { employeesWithoutSender } } warnings { code } } }"
SOME_GAPS = {"nodes": [{"employeesWithoutSender": gaps} for gaps in (1, 0, 1)]}
WARNED = [{"code": "NO_UNLINKED_ADDRESS"}, {"code": "PROJECT_WITHOUT_SENDER"}]


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("admin", True),
        ("READ_AUDIT", True),
        ("MANAGE_DIRECTORY", True),
        ("SEND_FOR_OTHERS", False),
        ("ann", False),
    ],
)
async def test_the_whole_company_is_shown_to_who_oversees_it(office: Office, name: str, sees: bool) -> None:
    answer = await office.callers[name].answer(OVERVIEW)

    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    expected = {"coverage": SOME_GAPS, "warnings": WARNED} if sees else {"coverage": None, "warnings": []}
    assert (answer["data"], codes) == ({"company": expected}, [] if sees else ["FORBIDDEN"])


async def test_who_may_not_see_an_account_sees_its_address_in_the_overview_alone(office: Office) -> None:
    auditor: Caller = office.callers["READ_AUDIT"]
    document = (
        "{ company { coverage(first: 1) { nodes { people(first: 1) { nodes { sender { FIELDS } } } } } } }"
    )

    address = await auditor.answer(document.replace("FIELDS", "from"))
    account = await auditor.answer(document.replace("FIELDS", "account { address }"))

    [place] = address["data"]["company"]["coverage"]["nodes"]
    assert place["people"]["nodes"] == [{"sender": {"from": at("ann")}}]
    assert [error["extensions"]["code"] for error in account["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("name", ["ben", "READ_AUDIT", "SEND_FOR_OTHERS"])
async def test_a_preview_is_for_who_may_make_the_change(office: Office, name: str) -> None:
    asked = office.named({"accountId": "#shared", "deleted": True})

    answer = await office.callers[name].answer(PREVIEW, input=asked)

    assert answer["data"] == {"previewAccountChange": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"access": {"mode": "ALL"}}, "BAD_INPUT"),
        ({"scope": {"mode": "ALL", "projectIds": ["#apollo"]}}, "BAD_INPUT"),
        ({"scope": {"mode": "SELECTED", "projectIds": ["#ben"]}}, "NOT_FOUND"),
    ],
)
async def test_what_could_not_be_made_cannot_be_foreseen(
    office: Office, given: dict[str, Any], code: str
) -> None:
    asked = office.named({"accountId": "#own"} | given)

    answer = await office.ann.answer(PREVIEW, input=asked)

    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


async def test_an_employee_foresees_the_loss_of_the_own_address(office: Office) -> None:
    asked = office.named({"accountId": "#own", "enabled": False})

    found = (await office.ann.ask(PREVIEW, input=asked))["previewAccountChange"]

    assert found == {
        "projectsLosingTheirOnlySender": [{"externalId": "gemini"}],
        "employeesLosingAccess": {"nodes": [{"externalId": "ann"}]},
        "queuedMessages": 0,
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("document", "change"),
    [
        (SET_SCOPE, {"scope": NOWHERE}),
        (SET_ACCESS, {"access": {"mode": "SELECTED"}}),
        (SET_ENABLED, {"enabled": False}),
        (DELETE, {}),
    ],
)
async def test_a_change_does_what_its_preview_said(
    acme: Product, draft: Draft, document: str, change: dict[str, Any]
) -> None:
    ids = await acme.directory(employees=PEOPLE, projects=PROJECTS)
    ann = await acme.employee(ids["ann"])
    given = {"accountId": (await acme.admin.saved(draft("sales")))["id"]}
    await sent(ann, message(at("contact")) | LATER)
    asked = given | (change or {"deleted": True})

    impact = (await acme.admin.ask(PREVIEW, input=asked))["previewAccountChange"]
    payload = await acme.admin.do(document, given | change)

    assert impact["projectsLosingTheirOnlySender"] == [{"externalId": "apollo"}, {"externalId": "gemini"}]
    assert impact["employeesLosingAccess"] == {"nodes": [{"externalId": "ann"}, {"externalId": "ben"}]}
    assert impact["queuedMessages"] == 1
    assert impact["warnings"] == payload["warnings"] != []
    now_warned = (await acme.admin.ask(COMPANY_WARNINGS))["company"]["warnings"]
    assert [one["code"] for one in payload["warnings"]] == [one["code"] for one in now_warned]


async def test_only_what_a_change_has_caused_is_said(acme: Product, draft: Draft) -> None:
    ids = await acme.directory(employees=PEOPLE, projects=PROJECTS)
    sales = (await acme.admin.saved(draft("sales")))["id"]
    scope = {"mode": "SELECTED", "projectIds": [ids["apollo"]]}

    linked = await acme.admin.do(SET_SCOPE, {"accountId": sales, "scope": scope})
    again = await acme.admin.do(SET_SCOPE, {"accountId": sales, "scope": scope})
    nowhere = await acme.admin.do(SET_SCOPE, {"accountId": sales, "scope": NOWHERE})
    back = await acme.admin.do(SET_SCOPE, {"accountId": sales, "scope": {"mode": "ALL"}})

    said = [
        [(one["code"], one["subjects"]) for one in payload["warnings"]]
        for payload in (linked, again, nowhere, back)
    ]
    assert said == [
        [("NO_UNLINKED_ADDRESS", []), ("PROJECT_WITHOUT_SENDER", [{"externalId": "gemini"}])],
        [],
        [("PROJECT_WITHOUT_SENDER", [{"externalId": "apollo"}])],
        [],
    ]


async def test_saving_says_what_it_has_caused(acme: Product, draft: Draft) -> None:
    await acme.directory(employees=PEOPLE)
    nobody = {"access": {"mode": "SELECTED"}}
    first = await acme.admin.tested(draft("sales"))
    second = await acme.admin.tested(draft("help"))

    saved = await acme.admin.do(SAVE, {"testId": first["id"], "scope": NOWHERE} | nobody)
    other = await acme.admin.do(SAVE, {"testId": second["id"]})
    named = await acme.admin.do(UPDATE, {"accountId": other["emailAccount"]["id"], "displayName": "Help"})

    assert [one["code"] for one in saved["warnings"]] == ["NO_UNLINKED_ADDRESS", "NOBODY_HAS_ACCESS"]
    assert (other["warnings"], named["errors"]) == ([], [])


async def test_new_settings_say_what_their_projects_lose(acme: Product, draft: Draft) -> None:
    await acme.directory(employees=PEOPLE, projects=PROJECTS[:1])
    sales = (await acme.admin.saved(draft("sales")))["id"]
    test = await acme.admin.tested(draft("sales"), accountId=sales)

    payload = await acme.admin.do(SAVE, {"testId": test["id"], "accountId": sales, "scope": NOWHERE})

    assert [one["code"] for one in payload["warnings"]] == ["NO_UNLINKED_ADDRESS", "PROJECT_WITHOUT_SENDER"]


async def test_what_was_off_brings_its_worries_back(acme: Product, draft: Draft) -> None:
    sales = (await acme.admin.saved(draft("sales")))["id"]
    await acme.admin.do(SET_POLICY, {"retestAfterDays": 30})
    await models.EmailAccount.filter(id=row_id(sales, "EmailAccount")).update(
        status="DISABLED",
        provider_key="gone",
        credential_expires_at=now() + timedelta(days=10),
        tested_at=now() - timedelta(days=31),
    )

    payload = await acme.admin.do(SET_ENABLED, {"accountId": sales, "enabled": True})

    subjects = [{"address": at("sales")}]
    assert [(one["code"], one["subjects"]) for one in payload["warnings"]] == [
        ("CREDENTIAL_EXPIRES_SOON", subjects),
        ("PROVIDER_MISSING", subjects),
        ("TEST_TOO_OLD", subjects),
    ]
    assert (await acme.admin.ask(COMPANY_WARNINGS))["company"]["warnings"] == payload["warnings"]


async def test_a_stricter_rule_of_testing_says_which_tests_are_too_old_now(
    acme: Product, draft: Draft
) -> None:
    for name, days in (("a", 50), ("b", 20), ("c", 1)):
        account = (await acme.admin.saved(draft(name)))["id"]
        rows = models.EmailAccount.filter(id=row_id(account, "EmailAccount"))
        await rows.update(tested_at=now() - timedelta(days=days), status="PAUSED")

    said = [
        (await acme.admin.do(SET_POLICY, {"retestAfterDays": days}))["warnings"]
        for days in (40, 10, 10, 60, None)
    ]

    assert [[(one["code"], one["subjects"]) for one in warnings] for warnings in said] == [
        [("TEST_TOO_OLD", [{"address": at("a")}])],
        [("TEST_TOO_OLD", [{"address": at("b")}])],
        [],
        [],
        [],
    ]
