"""A fault of ours, wherever it happens, shows nothing but an id that the log has too."""

from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from api.live import heard, over_sse, say, websocket
from api.marks import on_sqlite
from door.asking import VIEWER, asked, codes
from lab.product import Product
from letterhead.schema.ids import encode

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

SECRET = "open sesame"
SOME_TEST = encode("AccountTest", UUID(int=7))
WATCH = f'subscription {{ accountTestProgress(testId: "{SOME_TEST}") {{ id }} }}'


def broken(*_: object, **__: object) -> Any:
    raise RuntimeError(SECRET)


@pytest.mark.parametrize(
    "place",
    [
        "letterhead.schema.http.choose",
        "letterhead.identity.callers.Callers.known_by",
        "letterhead.schema.documents.validate",
        "letterhead.schema.documents.size_of",
        "letterhead.schema.door.cost_of",
        "letterhead.schema.query.Viewer.__init__",
        "letterhead.schema.context.Loaders.__init__",
    ],
)
async def test_a_fault_anywhere_is_masked(acme: Product, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setattr(place, broken)

    with capture_logs() as logs:
        answer = await asked(acme.admin, "{ viewer { permissions } company { name } } # " + place)

    assert codes(answer) == ["INTERNAL"]
    assert SECRET not in answer.text
    request_id = answer.json()["errors"][0]["extensions"]["requestId"]
    assert [entry["request_id"] for entry in logs] == [request_id]
    assert request_id == answer.headers["x-request-id"]


async def test_what_cannot_be_written_is_masked(acme: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letterhead.schema.answer.shape", lambda _: {"data": object()})

    answer = await asked(acme.admin, VIEWER)

    assert (answer.status_code, codes(answer)) == (500, ["INTERNAL"])


async def test_a_fault_is_masked_while_watching(acme: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letterhead.schema.subscription.trials.show", broken)

    streamed = [event async for event in over_sse(acme.admin, WATCH)]
    async with websocket(acme.admin) as socket:
        await say(socket, "connection_init", payload={"Authorization": f"Bearer {acme.admin.token}"})
        await heard(socket)
        await say(socket, "subscribe", id="1", payload={"query": WATCH})
        watched = await heard(socket)

    assert SECRET not in str([streamed, watched])
    assert [error["extensions"]["code"] for event in streamed for error in event["errors"]] == ["INTERNAL"]
    assert watched["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"


async def test_a_fault_of_another_route_is_masked(acme: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letterhead.signin.link_page.links.look", broken)

    with capture_logs() as logs:
        answer = await acme.admin.http.post("/sign-in/link/open", json={"token": "x"})

    assert (answer.status_code, codes(answer)) == (500, ["INTERNAL"])
    assert SECRET not in answer.text
    assert [entry["request_id"] for entry in logs] == [answer.headers["x-request-id"]]


async def test_what_is_not_there_is_said_in_the_same_form(acme: Product) -> None:
    answer = await acme.admin.http.get("/nothing")

    assert (answer.status_code, codes(answer)) == (404, ["NOT_FOUND"])


@pytest.mark.parametrize(
    "document",
    [
        '{ emailAccounts(first: "open sesame") { nodes { id } } }',
        '{ emailAccounts(filter: "open sesame") { nodes { id } } }',
        '{ emailAccounts(filter: {status: "open sesame"}) { nodes { id } } }',
        '{ messages(filter: {since: "open sesame"}) { nodes { id } } }',
        'mutation { testAccount(input: {draft: {credential: "open sesame"}}) { test { id } } }',
        'mutation { testAccount(input: {draft: {credential: {flowId: {a: "open sesame"}}}}) { test {id}} }',
        '{ "open sesame" }',
        "{ viewer { permissions } } open_sesame",
        '{ company(name: "open sesame) }',
        '{ company(name: """open sesame) }',
        '{ company(name: "open sesame\\q") }',
    ],
)
async def test_a_literal_is_not_repeated(acme: Product, document: str) -> None:
    with capture_logs() as logs:
        answer = await asked(acme.admin, document)

    assert answer.status_code == 400
    assert "sesame" not in answer.text
    assert logs == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("TestAccountInput", SECRET),
        ("TestAccountInput", {"draft": {"credential": SECRET}}),
        ("TestAccountInput", {"draft": {"credential": {"password": {"is": SECRET}}}}),
        ("TestAccountInput", {"draft": {"credential": {"password": [SECRET]}}}),
        ("TestAccountInput", {"roundTrip": SECRET}),
        ("TestAccountInput", {"draft": {"smtp": {"protocol": SECRET, "port": SECRET}}}),
    ],
)
async def test_a_variable_is_not_repeated(acme: Product, kind: str, value: Any) -> None:
    document = f"mutation ($input: {kind}!) {{ testAccount(input: $input) {{ test {{ id }} }} }}"

    answer = await asked(acme.admin, document, input=value)

    assert (answer.status_code, {*codes(answer)}) == (400, {"BAD_REQUEST"})
    assert SECRET not in answer.text
