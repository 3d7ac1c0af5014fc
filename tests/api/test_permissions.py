"""Who may see, use and change which addresses and messages."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from api import documents, rows
from api.drafts import Draft, at
from api.marks import on_sqlite
from api.messages import LATER
from api.offices import Office
from lab.product import Caller, with_company
from letterhead.identity.actor import Permission
from letterhead.serving import Serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

IN_APOLLO = {"scope": {"mode": "SELECTED", "projectIds": ["#apollo"]}}
FOR_LEADERS = {"access": {"mode": "SELECTED", "groupIds": ["#leaders"]}}
SALES, BOARD, ANN, BEN = at("sales"), at("board"), at("ann"), at("ben")
MAIL = {"context": {}, "to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"}
TO_BE_SENT = MAIL | LATER


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(server: Serving, draft: Draft) -> AsyncIterator[Office]:
    """sales for all, board for leaders in Apollo, Ann's own in Apollo, Ben's own; Ann leads, Cy has none."""
    acme, other = await with_company(server, "Acme"), await with_company(server, "Other")
    ids = await acme.directory(
        employees=[{"externalId": name, "name": name.title()} for name in ("ann", "ben", "cy")],
        groups=[{"externalId": "leaders", "name": "Leaders", "memberExternalIds": ["ann"]}],
        projects=[{"externalId": "apollo", "name": "Apollo"}],
    )
    office = Office({"admin": acme.admin, "other": other.admin}, ids)
    for name in ("ann", "ben", "cy"):
        office.callers[name] = await acme.employee(ids[name])
    office.callers["desk"] = await acme.service(Permission.SEND_FOR_OTHERS)
    office.callers["auditor"] = await acme.service(Permission.READ_AUDIT)
    apollo, leaders = office.named(IN_APOLLO), office.named(FOR_LEADERS)
    ids["sales"] = (await acme.admin.saved(draft("sales")))["id"]
    ids["board"] = (await acme.admin.saved(draft("board"), apollo | leaders))["id"]
    ids["own"] = (await office.ann.saved(draft("ann"), apollo, ownerId=ids["ann"]))["id"]
    ids["bens"] = (await office.callers["ben"].saved(draft("ben"), ownerId=ids["ben"]))["id"]
    ids["test"] = (await office.ann.tested(draft("ann2"), ownerId=ids["ann"]))["id"]
    last = "query ($id: ID!) { node(id: $id) { ... on EmailAccount { lastTest { id } } } }"
    ids["sales-test"] = (await acme.admin.ask(last, id=ids["sales"]))["node"]["lastTest"]["id"]
    ids["company-test"] = (await acme.admin.tested(draft("help")))["id"]
    ids["message"] = (await office.ann.do(documents.SEND, TO_BE_SENT | {"idempotencyKey": "1"}))["message"][
        "id"
    ]
    yield office
    await acme.close()
    await other.close()


SEEN = {
    "admin": {SALES, BOARD, ANN, BEN},
    "desk": {SALES, BOARD, ANN, BEN},
    "ann": {SALES, BOARD, ANN},
    "ben": {SALES, BEN},
    "cy": {SALES},
    "auditor": set(),
    "other": set(),
}
IDS = {SALES: "#sales", BOARD: "#board", ANN: "#own", BEN: "#bens"}


@pytest.mark.parametrize("name", SEEN)
async def test_one_list_holds_what_the_viewer_may_know(office: Office, name: str) -> None:
    found = await office.callers[name].ask(documents.ACCOUNTS)

    assert {node["address"] for node in found["emailAccounts"]["nodes"]} == SEEN[name]


@pytest.mark.parametrize("name", SEEN)
async def test_by_its_id_it_is_the_same(office: Office, name: str) -> None:
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on EmailAccount { address } } }"

    found = await office.callers[name].ask(document, ids=office.named([*IDS.values()]))

    assert {node["address"] for node in found["nodes"] if node} == SEEN[name]


@pytest.mark.parametrize(
    ("name", "of_ann", "of_apollo"),
    [
        ("admin", {ANN}, {BOARD, ANN}),
        ("desk", {ANN}, {BOARD, ANN}),
        ("ann", {ANN}, {BOARD, ANN}),
        ("ben", set(), set()),
        ("cy", set(), set()),
        ("auditor", set(), set()),
    ],
)
async def test_beside_people_and_projects_it_is_the_same(
    office: Office, name: str, of_ann: set[str], of_apollo: set[str]
) -> None:
    document = """query ($ids: [ID!]!) { nodes(ids: $ids) {
        ... on Employee { emailAccounts { nodes { address } } }
        ... on Project { emailAccounts { nodes { address } } }
    } }"""

    found = await office.callers[name].ask(document, ids=office.named(["#ann", "#apollo"]))

    shown = [{node["address"] for node in one["emailAccounts"]["nodes"]} for one in found["nodes"]]
    assert shown == [of_ann, of_apollo]


MANAGED = ["SEND", "TEST", "EDIT", "SET_ACCESS", "SET_SCOPE", "DISABLE", "DELETE"]
OWN = ["SEND", "TEST", "EDIT", "SET_SCOPE", "DISABLE", "DELETE"]


@pytest.mark.parametrize(
    ("name", "sales", "own"),
    [
        ("admin", MANAGED, ["SEND"]),
        ("desk", ["SEND"], ["SEND"]),
        ("ann", ["SEND"], OWN),
        ("ben", ["SEND"], None),
    ],
)
async def test_the_viewer_is_told_what_can_be_done(
    office: Office, name: str, sales: list[str], own: list[str] | None
) -> None:
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on EmailAccount { viewerCan } } }"

    found = await office.callers[name].ask(document, ids=office.named(["#sales", "#own"]))

    assert [node and node["viewerCan"] for node in found["nodes"]] == [sales, own]


REFUSED = [
    *[(name, documents.TEST, {"accountId": "#own"}, "NOT_FOUND") for name in ("admin", "ben", "other")],
    ("desk", documents.TEST, {"accountId": "#own"}, "NOT_PERMITTED"),
    ("ben", documents.TEST, {"accountId": "#sales"}, "NOT_FOUND"),
    ("auditor", documents.TEST, {"accountId": "#sales"}, "NOT_PERMITTED"),
    ("ann", documents.TEST, {"draft": "DRAFT"}, "NOT_PERMITTED"),
    ("ann", documents.TEST, {"draft": "DRAFT", "ownerId": "#company"}, "NOT_PERMITTED"),
    *[
        (name, documents.TEST, {"draft": "DRAFT", "ownerId": "#ann"}, "NOT_FOUND")
        for name in ("admin", "ben", "other")
    ],
    *[(name, documents.SAVE, {"testId": "#test"}, "NOT_FOUND") for name in ("admin", "ben", "other")],
    *[(name, documents.SAVE, {"testId": "#company-test"}, "NOT_FOUND") for name in ("ann", "desk")],
    *[(name, documents.CANCEL_TEST, {"testId": "#test"}, "NOT_FOUND") for name in ("admin", "ben")],
    *[
        (name, document, {"accountId": account} | given, "NOT_FOUND")
        for document, given in [
            (documents.UPDATE, {"displayName": "Mine"}),
            (documents.SET_ACCESS, {"access": {"mode": "ALL"}}),
            (documents.SET_SCOPE, {"scope": {"mode": "ALL"}}),
            (documents.SET_ENABLED, {"enabled": False}),
            (documents.DELETE, {}),
        ]
        for name, account in [("admin", "#own"), ("ben", "#own"), ("ben", "#sales"), ("ann", "#board")]
    ],
    ("desk", documents.SET_ENABLED, {"accountId": "#sales", "enabled": False}, "NOT_FOUND"),
    ("ann", documents.DIRECTORY, {"employees": [], "removeMissing": True}, "NOT_PERMITTED"),
    (
        "ann",
        documents.SEND,
        TO_BE_SENT | {"idempotencyKey": "2", "context": {"employeeId": "#ben"}},
        "NOT_PERMITTED",
    ),
    ("auditor", documents.SEND, TO_BE_SENT | {"idempotencyKey": "3"}, "REQUIRED"),
    *[
        (name, document, {"messageId": "#message"}, "NOT_FOUND")
        for document in (documents.CANCEL_MESSAGE, documents.RETRY_MESSAGE)
        for name in ("ben", "desk", "other")
    ],
]


@on_sqlite
@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{case[0].split()[4].split('(')[0]}-{case[1]}")
        for name, *case in REFUSED
    ],
)
async def test_nobody_does_more_than_is_theirs_to_do(
    office: Office, draft: Draft, name: str, case: tuple[str, dict[str, Any], str]
) -> None:
    document, given, code = case
    before = await rows.everything_but_tokens()
    named = office.named(given) | ({"draft": draft("new")} if "draft" in given else {})

    payload = await office.callers[name].do(document, named)

    assert [error["code"] for error in payload["errors"]] == [code]
    assert await rows.everything_but_tokens() == before


async def test_colleagues_manage_the_companys_addresses_alike(office: Office, draft: Draft) -> None:
    payload = await office.admin.do(documents.UPDATE, office.named({"accountId": "#sales", "position": 1}))

    assert payload["emailAccount"]["position"] == 1
    assert (await office.ann.tested(draft("ann"), accountId=office.ids["own"]))["status"] == "PASSED"


@pytest.mark.parametrize(
    ("name", "writer", "answer"),
    [
        ("ann", None, SALES),
        ("ann", "#ann", SALES),
        ("ann", "#ben", "NOT_FOUND"),
        ("ben", "#ann", "NOT_FOUND"),
        ("admin", "#ben", BEN),
        ("admin", None, "BAD_INPUT"),
        ("desk", "#cy", SALES),
        ("auditor", "#ann", "NOT_FOUND"),
    ],
)
async def test_one_asks_for_oneself_unless_one_may_for_others(
    office: Office, name: str, writer: str | None, answer: str
) -> None:
    asked = office.named({"employeeId": writer})

    resolved = await office.callers[name].answer(documents.RESOLVE, **{"for": asked})
    listed = await office.callers[name].answer(documents.CANDIDATES, **{"for": asked})

    errors = [
        error["extensions"]["code"] for found in (resolved, listed) for error in found.get("errors", [])
    ]
    if errors:
        assert errors == [answer, answer]
    else:
        assert resolved["data"]["resolveSender"]["from"] == answer
        assert listed["data"]["availableSenders"]["nodes"][0]["from"] == answer


@pytest.mark.parametrize(
    ("name", "sees"), [("ann", True), ("admin", True), ("ben", False), ("desk", False), ("other", False)]
)
async def test_messages_are_read_by_their_author_and_the_administrator(
    office: Office, name: str, sees: bool
) -> None:
    caller: Caller = office.callers[name]

    listed = (await caller.ask(documents.MESSAGES))["messages"]["nodes"]
    fetched = (await caller.ask(documents.NODE, id=office.ids["message"]))["node"]

    assert [node["id"] for node in listed] == ([office.ids["message"]] if sees else [])
    assert (fetched is not None) == sees


@pytest.mark.parametrize(
    ("test", "seen_by"), [("#company-test", {"admin"}), ("#test", {"ann"}), ("#sales-test", {"admin"})]
)
async def test_tests_are_seen_by_who_manages_the_addresses(
    office: Office, test: str, seen_by: set[str]
) -> None:
    found = {
        name: (await caller.ask(documents.NODE, id=office.named(test)))["node"]
        for name, caller in office.callers.items()
    }

    assert {name for name, node in found.items() if node} == seen_by


async def test_a_service_reads_what_it_sent_itself(office: Office) -> None:
    desk = office.callers["desk"]
    given = TO_BE_SENT | {"idempotencyKey": "d", "context": {"employeeId": office.ids["cy"]}}

    sent = await desk.do(documents.SEND, given)

    assert sent["errors"] == []
    listed = {
        name: [node["id"] for node in (await caller.ask(documents.MESSAGES))["messages"]["nodes"]]
        for name, caller in office.callers.items()
        if name in ("desk", "cy", "ben")
    }
    assert listed == {"desk": [sent["message"]["id"]], "cy": [sent["message"]["id"]], "ben": []}
    assert (await desk.do(documents.CANCEL_MESSAGE, {"messageId": sent["message"]["id"]}))["errors"] == []
