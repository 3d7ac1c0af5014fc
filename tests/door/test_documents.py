"""Operations that are registered or were sent before."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api.live import heard, say, websocket
from door.asking import GRAPHQL, VIEWER, post, refused
from lab.product import Product, Start

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NAME = "query Name { company { name } }"
DIGEST = hashlib.sha256(NAME.encode()).hexdigest()
HASHED = {"persistedQuery": {"version": 1, "sha256Hash": DIGEST}}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "operations.json"
    path.write_text(json.dumps({"name-of-company": NAME}))
    return path


@pytest.fixture
async def strict(start: Start, manifest: Path) -> AsyncIterator[Product]:
    async with start(operations=manifest, only_registered_operations=True) as product:
        yield product


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": "name-of-company"},
        {"documentId": f"sha256:{DIGEST}"},
        {"id": "name-of-company"},
        {"extensions": HASHED},
        {"query": NAME},
        {"query": NAME, "extensions": HASHED},
    ],
)
async def test_what_is_registered_runs(strict: Product, body: dict[str, Any]) -> None:
    answer = await post(strict.admin, body)

    assert answer.json() == {"data": {"company": {"name": "Acme"}}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": VIEWER}, "NOT_REGISTERED"),
        ({"query": NAME + " "}, "NOT_REGISTERED"),
        ({"documentId": "another"}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"query": NAME, "extensions": {"persistedQuery": {"sha256Hash": "0" * 64}}}, "BAD_REQUEST"),
    ],
)
async def test_nothing_else_does(strict: Product, body: dict[str, Any], code: str) -> None:
    assert refused(await post(strict.admin, body, Accept=GRAPHQL)) == (400, [code], False)


async def test_a_registered_operation_is_streamed(strict: Product) -> None:
    streamed = [
        (await post(strict.admin, body, Accept="text/event-stream")).text
        for body in ({"documentId": "name-of-company"}, {"query": VIEWER})
    ]

    assert '{"name":"Acme"}' in streamed[0]
    assert "NOT_REGISTERED" in streamed[1]


async def test_a_websocket_takes_ids_too(strict: Product) -> None:
    async with websocket(strict.admin) as socket:
        await say(socket, "connection_init", payload={"Authorization": f"Bearer {strict.admin.token}"})
        await heard(socket)
        answers = []
        for number, payload in enumerate(
            [{"documentId": "name-of-company"}, {"query": VIEWER}, {"documentId": "another"}]
        ):
            await say(socket, "subscribe", id=str(number), payload=payload)
            answers.append(await heard(socket))
            if answers[-1]["type"] == "next":
                await heard(socket)

    assert answers[0]["payload"] == {"data": {"company": {"name": "Acme"}}}
    assert [answer["payload"][0]["extensions"]["code"] for answer in answers[1:]] == [
        "NOT_REGISTERED",
        "PERSISTED_QUERY_NOT_FOUND",
    ]


async def test_what_was_sent_before_is_known_by_its_hash(start: Start) -> None:
    async with start(automatic_persisted_queries=True) as product:
        unknown = await post(product.admin, {"extensions": HASHED}, Accept=GRAPHQL)
        sent = await post(product.admin, {"query": NAME, "extensions": HASHED})
        known = await product.admin.http.get("/graphql", params={"extensions": json.dumps(HASHED)})

    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert refused(unknown) == (400, ["PERSISTED_QUERY_NOT_FOUND"], False)
    assert sent.json() == known.json() == {"data": {"company": {"name": "Acme"}}}


async def test_by_itself_nothing_is_known_by_its_hash(product: Product) -> None:
    answer = await post(product.admin, {"extensions": HASHED}, Accept=GRAPHQL)

    assert refused(answer) == (400, ["PERSISTED_QUERY_NOT_SUPPORTED"], False)
