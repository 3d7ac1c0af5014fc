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
DRAFT = {"address": "a@b.example", "providerKey": "custom", "credential": {"none": True}}
TEST = "mutation ($input: TestAccountInput!) { testAccount(input: $input) { test { id } } }"
UNKNOWN = (
    "Expected value of type 'AccountDraftInput' not to include unknown field 'credentials'. "
    "Did you mean 'credential'?"
)
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
    ("value", "said"),
    [
        (SECRET, ": Expected value of type 'TestAccountInput' to be an object."),
        (
            {"address": "a@b.example", "credential": DRAFT["credential"]},
            " at draft: Expected value of type 'AccountDraftInput' to include required field 'providerKey'.",
        ),
        (None, ": Expected value of non-null type 'TestAccountInput!' not to be None."),
        (
            DRAFT | {"credential": SECRET},
            " at draft.credential: Expected value of type 'CredentialInput' to be an object.",
        ),
        (
            DRAFT | {"credential": {"password": {"is": SECRET}}},
            " at draft.credential.password: String cannot represent a non string value.",
        ),
        (
            DRAFT | {"credential": {"password": [SECRET]}},
            " at draft.credential.password: String cannot represent a non string value.",
        ),
        (
            DRAFT | {"aliases": [{"address": 7}]},
            " at draft.aliases[0].address: String cannot represent a non string value.",
        ),
        (
            DRAFT | {"smtp": {"protocol": SECRET, "host": "a", "port": 25, "security": "TLS"}},
            " at draft.smtp.protocol: Expected a value of the enum 'MailProtocol'.",
        ),
        (
            DRAFT | {"smtp": {"protocol": "SMTP", "host": "a", "port": SECRET, "security": "TLS"}},
            " at draft.smtp.port: Int cannot represent non-integer value.",
        ),
        (
            DRAFT | {"credentials": SECRET},
            f" at draft: {UNKNOWN}",
        ),
    ],
)
async def test_a_wrong_variable_is_named_and_not_repeated(acme: Product, value: Any, said: str) -> None:
    """Where it is wrong within, and what was expected there."""
    given = {"draft": value} if isinstance(value, dict) else value

    answer = await asked(acme.admin, TEST, input=given)

    assert (answer.status_code, {*codes(answer)}) == (400, {"BAD_REQUEST"})
    messages = [error["message"] for error in answer.json()["errors"]]
    assert messages == [f"Variable '$input' has an invalid value{said}"]
    assert SECRET not in answer.text
