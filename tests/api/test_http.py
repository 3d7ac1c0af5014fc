"""GraphQL over HTTP, beside what the schema says."""

from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from api.marks import on_sqlite
from lab.product import Product
from letterhead.accounts import listing
from letterhead.senders import verbs as senders

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

ACCOUNTS = "{ emailAccounts { nodes { id } } company { name } }"


async def test_health_needs_no_token(acme: Product) -> None:
    response = await acme.admin.http.get("/healthz", headers={"Authorization": ""})

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_without_a_database_it_lives_but_is_not_ready(
    acme: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> None:
        raise OSError("no route to 10.1.2.3")

    monkeypatch.setattr("letterhead.store.upgrades.select", gone)

    alive, ready = [await acme.admin.http.get(path) for path in ("/healthz", "/readyz")]

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (503, {"status": "the database does not answer"})


@pytest.mark.parametrize("path", ["/", "/graphql/", "/nothing", "/healthz/../nothing"])
async def test_there_is_nothing_elsewhere(acme: Product, path: str) -> None:
    assert (await acme.admin.http.get(path)).status_code in (307, 404)


@pytest.mark.parametrize(
    "body", [b"", b"not JSON", b"[]", b"null", b'"text"', b"{}", b'{"query": 1}', b'{"query": "{ \xff }"}']
)
async def test_what_is_no_request_is_refused(acme: Product, body: bytes) -> None:
    with capture_logs() as logs:
        response = await acme.admin.http.post(
            "/graphql", content=body, headers={"Content-Type": "application/json"}
        )

    assert response.status_code == 400
    assert "Traceback" not in response.text
    assert logs == []


@pytest.mark.parametrize(
    "body",
    [
        {"query": "{ company { name }"},
        {"query": "{ company { secretPassword } }"},
        {"query": "query ($id: ID!) { node(id: $id) { id } }"},
        {"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": {}}},
        {
            "query": "query ($t: DateTime!) { messages(filter: {since: $t}) { nodes { id } } }",
            "variables": {"t": 1},
        },
        {"query": '{ messages(filter: {since: "yesterday"}) { nodes { id } } }'},
        {"query": '{ messages(filter: {since: "0001-01-01T00:00:00+14:00"}) { nodes { id } } }'},
        {"query": "{ emailAccounts(first: 3000000000) { nodes { id } } }"},
    ],
)
async def test_what_the_schema_does_not_know_is_the_callers_error(
    acme: Product, body: dict[str, Any]
) -> None:
    with capture_logs() as logs:
        response = await acme.admin.http.post("/graphql", json=body)

    answer = response.json()
    assert answer.get("data") is None
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_REQUEST"}
    assert logs == []


async def test_a_fault_of_ours_is_masked_and_logged(acme: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("password=open sesame")

    monkeypatch.setattr(listing, "accounts", broken)

    with capture_logs() as logs:
        response = await acme.admin.http.post("/graphql", json={"query": ACCOUNTS})

    [error] = response.json()["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("INTERNAL", ["emailAccounts"])
    assert "open sesame" not in response.text
    assert [(entry["event"], entry["request_id"]) for entry in logs] == [
        ("a resolver failed", error["extensions"]["requestId"])
    ]
    UUID(error["extensions"]["requestId"])


async def test_a_fault_in_one_part_leaves_the_others(acme: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(senders, "resolve", broken)
    query = "{ resolveSender(for: {}) { __typename } viewer { permissions } }"

    answer = await acme.admin.answer(query)

    assert answer["data"]["resolveSender"] is None
    assert answer["data"]["viewer"]["permissions"]


async def test_changes_are_not_made_by_get(acme: Product) -> None:
    mutation = 'mutation { deleteEmailAccount(input: {accountId: "x"}) { deletedId } }'

    response = await acme.admin.http.get("/graphql", params={"query": mutation})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
