"""The twelve things that graphql-cop looks for, with the settings a server starts with."""

from typing import Any

import pytest
from graphql import get_introspection_query

from api.marks import on_sqlite
from door.asking import VIEWER, asked, codes, refused
from lab.product import Product
from letterhead.identity.actor import Permission

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

CIRCLE = (
    "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ " + " ".join(f"a{n}: viewer {{ permissions }}" for n in range(101)) + " }", "TOO_COMPLEX"),
        ("{ viewer { permissions " + "@skip(if: false)" * 51 + " } }", "TOO_COMPLEX"),
        ("{ viewer { " + "permissions " * 500 + "} }", "TOO_COMPLEX"),
        ("{ " + "viewer { permissions } " * 21 + "}", "TOO_COMPLEX"),
        (CIRCLE, "BAD_REQUEST"),
    ],
    ids=["alias overloading", "directive overloading", "field duplication", "root", "circular introspection"],
)
async def test_an_overload_is_refused_before_it_is_executed(acme: Product, document: str, code: str) -> None:
    assert refused(await asked(acme.admin, document)) == (400, [code], False)


async def test_batches_are_not_taken(acme: Product) -> None:
    answer = await acme.admin.http.post("/graphql", json=[{"query": VIEWER}] * 10)

    assert refused(answer) == (400, ["BAD_REQUEST"], False)


async def test_changes_are_not_made_by_get(acme: Product) -> None:
    answer = await acme.admin.http.get("/graphql", params={"query": "mutation { __typename }"})

    assert refused(answer) == (405, ["METHOD_NOT_ALLOWED"], False)


async def test_a_link_cannot_ask(acme: Product) -> None:
    """Queries are answered by GET, but no browser sends a token by itself."""
    tokenless = {"Authorization": "", "Cookie": f"Authorization=Bearer {acme.admin.token}"}
    params = {"query": VIEWER}

    answers = [await acme.admin.http.get("/graphql", params=params, headers=one) for one in ({}, tokenless)]

    assert [answer.status_code for answer in answers] == [200, 401]


@pytest.mark.parametrize("media", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
async def test_a_foreign_page_cannot_ask(acme: Product, media: str) -> None:
    answer = await acme.admin.http.post(
        "/graphql", content="query={viewer{permissions}}", headers={"Content-Type": media}
    )

    assert refused(answer) == (415, ["UNSUPPORTED_MEDIA_TYPE"], False)


async def test_whoever_may_not_look_at_the_schema_is_given_no_hint(acme: Product) -> None:
    tool = await acme.service(Permission.SEND)

    hints = [await asked(caller, "{ companie { name } }") for caller in (tool, acme.admin)]
    looks = await asked(tool, get_introspection_query())

    assert ["Did you mean" in hint.text for hint in hints] == [False, True]
    assert refused(looks) == (400, ["FORBIDDEN"], False)


async def test_whoever_manages_may_look_at_the_schema(acme: Product) -> None:
    tool = await acme.service(Permission.MANAGE_DIRECTORY)
    document = get_introspection_query(descriptions=True, specified_by_url=True, input_value_deprecation=True)

    answer = await asked(tool, document)
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    others = [await acme.service(Permission.TEST), await acme.employee(ids["ann"])]

    assert "errors" not in answer.json()
    assert [codes(await asked(other, document)) for other in others] == [["FORBIDDEN"]] * 2


@pytest.mark.parametrize("path", ["/graphql", "/graphiql", "/playground", "/console", "/"])
async def test_there_is_no_page_to_ask_from(acme: Product, path: str) -> None:
    answer = await acme.admin.http.get(path, headers={"Accept": "text/html,*/*"})

    assert answer.status_code in {400, 404}
    assert "<" not in answer.text


async def test_nothing_is_traced(acme: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("SELECT secret FROM /etc/letterhead")

    monkeypatch.setattr("letterhead.schema.query.Viewer.__init__", broken)

    answer = await asked(acme.admin, VIEWER)

    assert set(answer.json()) == {"data", "errors"}
    [error] = answer.json()["errors"]
    assert set(error["extensions"]) == {"code", "requestId"}
    assert "SELECT" not in answer.text
    assert "Traceback" not in answer.text
