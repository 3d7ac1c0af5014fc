"""What belongs to another company is not there for anybody else: answers do not differ by a letter."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from api import documents, rows
from api.drafts import Draft, at
from api.live import over_sse
from api.messages import LATER
from api.offices import Office
from lab.product import Product, with_company
from letterhead.schema.ids import decode, encode
from letterhead.serving import Serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = {
    "ann": "Employee",
    "people": "Group",
    "apollo": "Project",
    "sales": "EmailAccount",
    "test": "AccountTest",
    "flow": "SignInFlow",
    "message": "Message",
    "company": "Company",
}


@dataclass(frozen=True)
class Offices:
    """Ours, theirs, and one whose ids nobody has; the last two are asked for by our callers."""

    ours: Office
    theirs: Office
    nobodys: Office


async def an_office(acme: Product, draft: Draft) -> Office:
    ids = await acme.directory(
        employees=[{"externalId": "ann", "name": "Ann"}],
        groups=[{"externalId": "people", "name": "People", "memberExternalIds": ["ann"]}],
        projects=[{"externalId": "apollo", "name": "Apollo"}],
    )
    ann = await acme.employee(ids["ann"])
    ids["sales"] = (await acme.admin.saved(draft("sales")))["id"]
    ids["test"] = (await acme.admin.tested(draft("help")))["id"]
    sign_in = {"address": "a@gmail.com", "providerKey": "gmail", "authMethod": "app-password"}
    ids["flow"] = (await acme.admin.do(documents.START_SIGN_IN, sign_in))["flow"]["id"]
    mail = {"to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"}
    later = {"idempotencyKey": "1", "context": {}} | LATER
    ids["message"] = (await ann.do(documents.SEND, mail | later))["message"]["id"]
    return Office({"admin": acme.admin, "ann": ann}, ids)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def offices(server: Serving, draft: Draft) -> AsyncIterator[Offices]:
    products = [await with_company(server, name) for name in ("Ours", "Theirs")]
    ours, theirs = [await an_office(product, draft) for product in products]
    nobodys = {name: encode(kind, uuid4()) for name, kind in KINDS.items()}
    yield Offices(ours, replace(ours, ids=theirs.ids), replace(ours, ids=nobodys))
    for product in products:
        await product.close()


UNKNOWN = {"NOT_FOUND", "NOT_PERMITTED", "SENDER_NOT_AVAILABLE", "TEST_OF_OTHER_SETTINGS"}
SOME = {"mode": "SELECTED"}
MAIL = {"idempotencyKey": "2", "to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"}
MUTATIONS = [
    (documents.TEST, {"accountId": "#sales"}),
    (documents.TEST, {"ownerId": "#ann", "draft": "DRAFT"}),
    (documents.TEST, {"ownerId": "#company", "draft": "DRAFT"}),
    (documents.TEST, {"draft": "DRAFT WITH FLOW"}),
    (documents.CANCEL_TEST, {"testId": "#test"}),
    (documents.SAVE, {"testId": "#test"}),
    (documents.SAVE, {"testId": "OUR TEST", "accountId": "#sales"}),
    (documents.SAVE, {"testId": "OUR TEST", "access": SOME | {"employeeIds": ["#ann"]}}),
    (documents.SAVE, {"testId": "OUR TEST", "access": SOME | {"groupIds": ["#people"]}}),
    (documents.SAVE, {"testId": "OUR TEST", "scope": SOME | {"projectIds": ["#apollo"]}}),
    (documents.UPDATE, {"accountId": "#sales", "displayName": "Ours now"}),
    (documents.SET_ACCESS, {"accountId": "#sales", "access": {"mode": "ALL"}}),
    (documents.SET_ACCESS, {"accountId": "OUR ACCOUNT", "access": SOME | {"employeeIds": ["#ann"]}}),
    (documents.SET_ACCESS, {"accountId": "OUR ACCOUNT", "access": SOME | {"groupIds": ["#people"]}}),
    (documents.SET_SCOPE, {"accountId": "#sales", "scope": {"mode": "ALL"}}),
    (documents.SET_SCOPE, {"accountId": "OUR ACCOUNT", "scope": SOME | {"projectIds": ["#apollo"]}}),
    (documents.SET_ENABLED, {"accountId": "#sales", "enabled": False}),
    (documents.DELETE, {"accountId": "#sales"}),
    (documents.START_SIGN_IN, {"address": "a@gmail.com", "providerKey": "gmail", "ownerId": "#ann"}),
    (documents.START_SIGN_IN, {"address": "a@gmail.com", "providerKey": "gmail", "ownerId": "#company"}),
    (documents.CREATE_SIGN_IN_LINK, {"address": "a@gmail.com", "providerKey": "gmail", "ownerId": "#ann"}),
    (documents.CONTINUE_SIGN_IN, {"flowId": "#flow", "answers": []}),
    (documents.CANCEL_SIGN_IN, {"flowId": "#flow"}),
    (documents.SEND, MAIL | {"context": {"employeeId": "#ann"}}),
    (documents.SEND, MAIL | {"context": {"employeeId": "OUR ANN", "projectId": "#apollo"}}),
    (documents.SEND, MAIL | {"context": {"employeeId": "OUR ANN", "accountId": "#sales"}}),
    (documents.CANCEL_MESSAGE, {"messageId": "#message"}),
    (documents.RETRY_MESSAGE, {"messageId": "#message"}),
]


def completed(given: Any, ours: Office, office: Office, draft: Draft) -> Any:
    """A row of the table, with ``office``'s ids where it says ``#`` and our own where it says so."""
    own = {"OUR TEST": "test", "OUR ACCOUNT": "sales", "OUR ANN": "ann"}
    named = office.named(given)
    for key, value in named.items():
        if isinstance(value, dict):
            named[key] = completed(value, ours, office, draft)
        elif value == "DRAFT":
            named[key] = draft("new")
        elif value == "DRAFT WITH FLOW":
            named[key] = draft("new", credential={"flowId": office.ids["flow"]})
        elif isinstance(value, str) and value in own:
            named[key] = ours.ids[own[value]]
    return named


@pytest.mark.parametrize(
    ("document", "given"),
    [pytest.param(*row, id=f"{row[0].split()[4].split('(')[0]}-{row[1]}") for row in MUTATIONS],
)
async def test_nothing_of_theirs_can_be_changed_or_used(
    offices: Offices, draft: Draft, document: str, given: dict[str, Any]
) -> None:
    before = await rows.counts()

    theirs, nobodys = [
        await offices.ours.admin.do(document, completed(given, offices.ours, office, draft))
        for office in (offices.theirs, offices.nobodys)
    ]

    assert theirs == nobodys
    assert {error["code"] for error in theirs["errors"]} <= UNKNOWN
    assert len(theirs["errors"]) == 1
    assert await rows.counts() == before


QUERIES = [
    (documents.ACCOUNTS, {"filter": {"ownerId": "#ann"}}),
    (documents.ACCOUNTS, {"filter": {"ownerId": "#company"}}),
    (documents.MESSAGES, {"filter": {"accountId": "#sales"}}),
    (documents.MESSAGES, {"filter": {"projectId": "#apollo"}}),
    (documents.MESSAGES, {"filter": {"authorId": "#ann"}}),
    (documents.RESOLVE, {"for": {"employeeId": "#ann"}}),
    (documents.RESOLVE, {"for": {"employeeId": "OUR ANN", "projectId": "#apollo"}}),
    (documents.RESOLVE, {"for": {"employeeId": "OUR ANN", "accountId": "#sales"}}),
    (documents.CANDIDATES, {"for": {"employeeId": "#ann"}}),
    (documents.CANDIDATES, {"for": {"employeeId": "OUR ANN", "projectId": "#apollo"}}),
    *((documents.NODE, {"id": f"#{name}"}) for name in KINDS),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [f"#{name}" for name in KINDS]}),
]


@pytest.mark.parametrize(("document", "variables"), QUERIES)
async def test_nothing_of_theirs_can_be_asked_for(
    offices: Offices, draft: Draft, document: str, variables: dict[str, Any]
) -> None:
    theirs, nobodys = [
        await offices.ours.admin.answer(document, **completed(variables, offices.ours, office, draft))
        for office in (offices.theirs, offices.nobodys)
    ]

    assert theirs == nobodys
    assert not {decode(text) for text in offices.theirs.ids.values()} & {*map(decode, str(theirs).split("'"))}
    for error in theirs.get("errors", []):
        assert error["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("subscription ($id: ID!) { accountTestProgress(testId: $id) { id } }", "test"),
        ("subscription ($id: ID!) { signInProgress(flowId: $id) { id } }", "flow"),
        ("subscription ($id: ID!) { messageProgress(messageId: $id) { id } }", "message"),
    ],
)
async def test_nothing_of_theirs_can_be_watched(offices: Offices, document: str, name: str) -> None:
    theirs, nobodys = [
        [event async for event in over_sse(offices.ours.admin, document, id=office.ids[name])]
        for office in (offices.theirs, offices.nobodys)
    ]

    assert theirs == nobodys
    [event] = theirs
    assert [error["extensions"]["code"] for error in event["errors"]] == ["NOT_FOUND"]
    assert event["data"] is None


async def test_our_own_is_there(offices: Offices) -> None:
    found = await offices.ours.admin.ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { is: __typename id } }", ids=list(offices.ours.ids.values())
    )

    assert {node["is"] for node in found["nodes"]} == set(KINDS.values())
