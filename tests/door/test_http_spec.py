"""GraphQL over HTTP where the audits do not look."""

import gzip
from typing import Any

import pytest

from api.marks import on_sqlite
from door.asking import GRAPHQL, JSON, VIEWER, post, refused
from lab.product import Product

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

TWO = "query One { viewer { permissions } } query Two { company { name } }"


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html, */*;q=0.1", JSON),
        (f"{JSON};q=0.5, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0, {JSON}", JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        ("APPLICATION/JSON", JSON),
    ],
)
async def test_a_client_chooses_the_media_type(acme: Product, accept: str, answered: str) -> None:
    answer = await post(acme.admin, {"query": VIEWER}, Accept=accept)

    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{answered}; charset=utf-8")


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON}; charset=utf-16", f"{JSON};q=0", "q"])
async def test_what_nobody_can_read_is_not_answered(acme: Product, accept: str) -> None:
    answer = await post(acme.admin, {"query": VIEWER}, Accept=accept)

    assert refused(answer) == (406, ["NOT_ACCEPTABLE"], False)


@pytest.mark.parametrize(
    "media",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=latin-1",
        "text/plain, application/json",
    ],
)
async def test_only_json_is_taken(acme: Product, media: str) -> None:
    answer = await acme.admin.http.post(
        "/graphql", content=b'{"query": "{ __typename }"}', headers={"Content-Type": media}
    )

    assert refused(answer) == (415, ["UNSUPPORTED_MEDIA_TYPE"], False)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip"])
async def test_nothing_packed_is_unpacked(acme: Product, coding: str) -> None:
    bomb = gzip.compress(b'{"query": "' + b" " * 1_000_000 + b'{ __typename }"}')

    answer = await acme.admin.http.post(
        "/graphql", content=bomb, headers={"Content-Type": JSON, "Content-Encoding": coding}
    )

    assert refused(answer) == (415, ["UNSUPPORTED_MEDIA_TYPE"], False)


@pytest.mark.parametrize(
    "body",
    [
        [{"query": VIEWER}, {"query": VIEWER}],
        {"query": VIEWER, "operationName": 1},
        {"query": VIEWER, "extensions": "persistedQuery"},
        {"query": VIEWER, "extensions": {"persistedQuery": {"sha256Hash": 1}}},
        {"query": VIEWER, "documentId": 7},
        {"query": VIEWER, "operationName": "Another"},
        {"query": TWO},
    ],
)
async def test_what_means_nothing_certain_is_refused(acme: Product, body: Any) -> None:
    answer = await post(acme.admin, body, Accept=GRAPHQL)

    assert refused(answer) == (400, ["BAD_REQUEST"], False)


async def test_one_of_several_operations_is_named(acme: Product) -> None:
    answer = await post(acme.admin, {"query": TWO, "operationName": "Two"})

    assert list(answer.json()["data"]) == ["company"]


async def test_queries_come_by_get_too(acme: Product) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"

    answer = await acme.admin.http.get("/graphql", params={"query": query, "variables": '{"id": "x"}'})
    twice = await acme.admin.http.get("/graphql", params=[("query", VIEWER), ("query", query)])

    assert answer.json() == {"data": {"node": None}}
    assert refused(twice) == (400, ["BAD_REQUEST"], False)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
async def test_other_methods_are_not_known(acme: Product, method: str) -> None:
    answer = await acme.admin.http.request(method, "/graphql")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_subscription_is_streamed_or_refused(acme: Product) -> None:
    watch = 'subscription { messageProgress(messageId: "x") { id } }'

    assert refused(await post(acme.admin, {"query": watch}, Accept=GRAPHQL)) == (400, ["NOT_STREAMED"], False)


async def test_a_query_can_be_streamed(acme: Product) -> None:
    answer = await post(acme.admin, {"query": "{ company { name } }"}, Accept="text/event-stream")

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [line.split(": ")[1] for line in answer.text.splitlines() if line.startswith("event")]
    assert events == ["next", "complete"]
    assert '{"data":{"company":{"name":"Acme ' in answer.text


async def test_a_change_is_not_streamed_by_get(acme: Product) -> None:
    mutation = "mutation { setPolicy(input: {}) { errors { message } } }"

    answer = await acme.admin.http.get(
        "/graphql", params={"query": mutation}, headers={"Accept": "text/event-stream"}
    )

    assert "METHOD_NOT_ALLOWED" in answer.text
