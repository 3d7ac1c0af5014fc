"""An account is not changed by what cannot be right: each problem is named, and nothing is written."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from api import rows
from api.documents import DELETE, SAVE, SET_ACCESS, SET_ENABLED, SET_SCOPE, UPDATE
from api.drafts import Draft
from api.marks import on_sqlite
from api.offices import Office
from lab.product import Product, with_company
from letterhead.schema.ids import encode
from letterhead.serving import Serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(server: Serving, draft: Draft) -> AsyncIterator[Office]:
    acme: Product = await with_company(server, "Office")
    ids = await acme.directory(
        employees=[{"externalId": "ann", "name": "Ann"}],
        groups=[{"externalId": "people", "name": "People", "memberExternalIds": ["ann"]}],
        projects=[{"externalId": "apollo", "name": "Apollo"}],
    )
    ann = await acme.employee(ids["ann"])
    ids["sales"] = (await acme.admin.saved(draft("sales")))["id"]
    ids["own"] = (await ann.saved(draft("ann"), ownerId=ids["ann"]))["id"]
    ids["passed"] = (await acme.admin.tested(draft("help")))["id"]
    ids["passed-own"] = (await ann.tested(draft("ann2"), ownerId=ids["ann"]))["id"]
    for kind in ("EmailAccount", "Employee", "Group", "Project", "AccountTest"):
        ids[f"no-{kind}"] = encode(kind, uuid4())
    yield Office({"admin": acme.admin, "ann": ann}, ids)
    await acme.close()


ALL_BUT = {"mode": "ALL", "employeeIds": ["#ann"]}
BAD_DETAILS = [
    ({"displayName": "Sales\r\nBcc: eve@evil.example"}, "displayName", "INVALID"),
    ({"displayName": "Sales\x00"}, "displayName", "INVALID"),
    ({"displayName": "Sa\u2028les"}, "displayName", "INVALID"),
    ({"displayName": "Sa\u202eles"}, "displayName", "INVALID"),
    ({"displayName": "n" * 201}, "displayName", "INVALID"),
    ({"replyTo": "nobody"}, "replyTo", "INVALID"),
    ({"replyTo": "søren@acme.example"}, "replyTo", "INVALID"),
    ({"replyTo": "a@acme.example\r\nX: y"}, "replyTo", "INVALID"),
    ({"replyTo": "a\x00@acme.example"}, "replyTo", "INVALID"),
]
BAD_ACCESS = [
    ({"access": ALL_BUT}, "access", "INVALID"),
    ({"access": {"mode": "ALL", "groupIds": ["#people"]}}, "access", "INVALID"),
    (
        {"access": {"mode": "SELECTED", "employeeIds": ["#ann", "garbage"]}},
        "access.employeeIds.1",
        "NOT_FOUND",
    ),
    ({"access": {"mode": "SELECTED", "employeeIds": ["#people"]}}, "access.employeeIds.0", "NOT_FOUND"),
    ({"access": {"mode": "SELECTED", "employeeIds": ["#no-Employee"]}}, "access.employeeIds.0", "NOT_FOUND"),
    ({"access": {"mode": "SELECTED", "groupIds": ["#no-Group"]}}, "access.groupIds.0", "NOT_FOUND"),
]
BAD_SCOPE = [
    ({"scope": {"mode": "ALL", "projectIds": ["#apollo"]}}, "scope", "INVALID"),
    ({"scope": {"mode": "SELECTED", "projectIds": ["☃"]}}, "scope.projectIds.0", "NOT_FOUND"),
    ({"scope": {"mode": "SELECTED", "projectIds": ["#no-Project"]}}, "scope.projectIds.0", "NOT_FOUND"),
]
BAD_ACCOUNT = [
    ({"accountId": "garbage"}, "accountId", "NOT_FOUND"),
    ({"accountId": "#no-EmailAccount"}, "accountId", "NOT_FOUND"),
    ({"accountId": "#apollo"}, "accountId", "NOT_FOUND"),
    ({"accountId": "#own"}, "accountId", "NOT_FOUND"),
    ({"expectedVersion": 7}, "expectedVersion", "VERSION_CONFLICT"),
]
SALES = {"accountId": "#sales"}
ACCESS = {"access": {"mode": "ALL"}}
SCOPE = {"scope": {"mode": "ALL"}}
TABLE = [
    (UPDATE, SALES, [*BAD_DETAILS, *BAD_ACCOUNT]),
    (UPDATE, SALES, [({"position": at}, "position", "INVALID") for at in (-1, 1_000_001)]),
    (SET_ACCESS, SALES | ACCESS, [*BAD_ACCESS, *BAD_ACCOUNT]),
    (SET_SCOPE, SALES | SCOPE, [*BAD_SCOPE, *BAD_ACCOUNT]),
    (SET_ENABLED, SALES | {"enabled": False}, BAD_ACCOUNT),
    (DELETE, SALES, BAD_ACCOUNT),
    (SAVE, {"testId": "#passed"}, [*BAD_DETAILS, *BAD_ACCESS, *BAD_SCOPE]),
    (SAVE, {"testId": "#passed"}, BAD_ACCOUNT[:1]),
    (
        SAVE,
        {},
        [({"testId": test}, "testId", "NOT_FOUND") for test in ("", "☃", "#sales", "#no-AccountTest")],
    ),
]


@pytest.mark.parametrize(
    ("document", "given", "path", "code"),
    [
        pytest.param(document, good | bad, path, code, id=f"{document.split()[4].split('(')[0]}-{bad}")
        for document, good, bads in TABLE
        for bad, path, code in bads
    ],
)
async def test_what_is_wrong_is_named(
    office: Office, document: str, given: dict[str, Any], path: str, code: str
) -> None:
    before = await rows.everything()

    payload = await office.admin.do(document, office.named(given))

    [error] = payload.pop("errors")
    assert (error["path"], error["code"]) == (path.split("."), code)
    assert error["message"]
    assert set(payload.values()) == {None}
    assert await rows.everything() == before


async def test_all_that_is_wrong_is_named_at_once(office: Office) -> None:
    given = {"accountId": "#sales", "displayName": "a\nb", "replyTo": "nobody"}

    payload = await office.admin.do(UPDATE, office.named(given))

    assert [error["path"] for error in payload["errors"]] == [["displayName"], ["replyTo"]]


@pytest.mark.parametrize(
    ("document", "given"),
    [
        (SET_ACCESS, {"accountId": "#own", "access": {"mode": "ALL"}}),
        (SET_ACCESS, {"accountId": "#own", "access": {"mode": "SELECTED", "employeeIds": ["#ann"]}}),
        (SAVE, {"testId": "#passed-own", "access": {"mode": "ALL"}}),
    ],
)
async def test_a_personal_address_serves_its_owner_only(
    office: Office, document: str, given: dict[str, Any]
) -> None:
    before = await rows.everything()

    payload = await office.ann.do(document, office.named(given))

    assert [(error["path"], error["code"]) for error in payload["errors"]] == [(["access"], "INVALID")]
    assert await rows.everything() == before
