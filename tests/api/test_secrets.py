"""A secret that was entered is never seen again: in no answer, no row, no log."""

import base64
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import trustme

from api import rows
from api.documents import CONTINUE_SIGN_IN, SAVE, SEND, START_SIGN_IN, TEST
from api.drafts import Draft, at, server
from api.live import over_sse
from lab.canaries import all_logged, found, traces
from lab.canaries import overheard as heard_by
from lab.product import Product
from lab.sinks import Session, counting_smtp_server
from letterhead.schema.ids import row_id
from letterhead.settings import Settings
from letterhead.store import models

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "Kanarie/+?&\"'<>\\ 7f3a9c"
EVERYTHING = """
query ($ids: [ID!]!) {
  nodes(ids: $ids) {
    id
    ... on EmailAccount {
      address smtp { host username } incoming { host username }
      credential { kind present updatedAt } incomingCredential { kind } problem { explanation reply { text } }
      provider { authMethods { instructions { text } } }
      tests { nodes { ...Test } }
    }
    ... on AccountTest { ...Test }
    ... on SignInFlow { step { ... on AskStep { fields { name label } problems { message } } } }
    ... on Message {
      attempts { nodes { reply { text } diagnosis { explanation reply { text } } } }
      waitingFor { explanation reply { text } }
    }
  }
  company { warnings { message } }
}
fragment Test on AccountTest {
  status steps { title evidence transcript diagnosis { explanation reply { text } } }
  diagnosis { explanation reply { text } }
}
"""


@pytest.fixture(autouse=True)
def sandbox_with_another_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual one is in public texts."""
    monkeypatch.setattr("letterhead.sandbox.mailboxes.SANDBOX_PASSWORD", CANARY)


@pytest.fixture
def logged(settings: Settings) -> Iterator[io.StringIO]:
    with all_logged(settings) as written:
        yield written


@pytest_asyncio.fixture(loop_scope="module")
async def overheard(
    acme: Product, settings: Settings, logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> AsyncIterator[list[str]]:
    """After the test: it was neither answered nor stored nor logged."""
    texts = heard_by(acme.admin.http)
    yield texts
    written, printed = await rows.everything(), capfd.readouterr()
    if settings.database_url.startswith("sqlite:"):
        path = Path(urlsplit(settings.database_url).path)
        written += "".join(part.read_bytes().decode("latin-1") for part in path.parent.glob(f"{path.name}*"))
    places = {
        "answers": "\n".join(texts),
        "rows": written,
        "logs": logged.getvalue() + printed.out + printed.err,
    }
    assert all(places.values())
    for name in ("sales", "help"):
        assert found(places, CANARY, user=at(name)) == set()


def with_canary(draft: Draft, name: str, **changes: object) -> dict[str, object]:
    return draft(name, credential={"password": CANARY}, **changes)


async def test_of_an_account_that_is_connected_and_used(
    acme: Product, draft: Draft, overheard: list[str]
) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])

    sales = await acme.admin.saved(with_canary(draft, "sales"))
    message = {"to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"}
    given = message | {"idempotencyKey": "1", "context": {"employeeId": ids["ann"]}}
    sent = (await acme.admin.do(SEND, given))["message"]

    assert (await acme.admin.finished(sent["id"]))["status"] == "SENT"
    await acme.admin.ask(EVERYTHING, ids=[sales["id"], sent["id"]])
    stored = await models.EmailAccount.get(id=row_id(sales["id"], "EmailAccount"))
    assert stored.secret_sealed


async def test_of_a_test_that_runs_passes_and_waits_to_be_saved(
    acme: Product, draft: Draft, overheard: list[str]
) -> None:
    watching = "subscription ($id: ID!) { accountTestProgress(testId: $id) { status steps { transcript } } }"

    started = await acme.admin.do(TEST, {"draft": with_canary(draft, "sales")})
    events = [event async for event in over_sse(acme.admin, watching, id=started["test"]["id"])]

    assert events[-1]["data"]["accountTestProgress"]["status"] == "PASSED"
    await acme.admin.ask(EVERYTHING, ids=[started["test"]["id"]])


async def test_of_a_server_that_says_it_back(
    acme: Product, draft: Draft, overheard: list[str], lab_ca: trustme.CA
) -> None:
    def parrot(session: Session) -> str:
        encoded = session.commands[-1].split(" ")[-1]
        said = base64.b64decode(encoded).decode().replace("\0", " ")
        return f"535-5.7.8 No: {encoded}\n535-5.7.8 {said}\n535 5.7.8 is not {CANARY}"

    certificate = lab_ca.issue_cert("localhost")
    async with counting_smtp_server(certificate=certificate, answers={"AUTH": parrot}) as sink:
        bad = with_canary(draft, "sales", smtp=server("SMTP", sink.port))
        test = await acme.admin.tested(bad)

    assert test["status"] == "FAILED"
    assert any(trace in str(sink.commands) for trace in traces(CANARY, at("sales")))
    await acme.admin.ask(EVERYTHING, ids=[test["id"]])


async def test_of_a_server_that_says_it_back_when_it_is_too_late(
    acme: Product, draft: Draft, overheard: list[str], lab_ca: trustme.CA
) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    refusing = {"AUTH": lambda _: "235 2.7.0 Welcome"}
    async with counting_smtp_server(certificate=lab_ca.issue_cert("localhost"), answers=refusing) as sink:
        await acme.admin.saved(with_canary(draft, "sales", smtp=server("SMTP", sink.port)))
        refusing["AUTH"] = lambda _: f"535 5.7.8 Not {CANARY}"
        message = {"to": [{"address": at("contact")}], "subject": "Hello", "text": "Hello"}
        given = message | {"idempotencyKey": "1", "context": {"employeeId": ids["ann"]}}
        sent = (await acme.admin.do(SEND, given))["message"]
        await acme.admin.message_when(sent["id"], lambda message: message["waitingFor"])

    await acme.admin.ask(EVERYTHING, ids=[sent["id"]])


@pytest.mark.parametrize("end", ["\n", "\x00", " " * 4096])
async def test_of_one_that_cannot_be_right(
    acme: Product, draft: Draft, overheard: list[str], end: str
) -> None:
    bad = draft("sales", credential={"password": CANARY + end + CANARY})

    payload = await acme.admin.do(TEST, {"draft": bad})

    assert [error["code"] for error in payload["errors"]] == ["INVALID"]


async def test_of_one_that_was_put_in_the_wrong_place(
    acme: Product, draft: Draft, overheard: list[str]
) -> None:
    wrong = draft("sales", credential={"password": CANARY, "none": True})

    answer = await acme.admin.answer(TEST, input={"draft": wrong})

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]


async def test_of_a_sign_in(acme: Product, draft: Draft, overheard: list[str]) -> None:
    given = {key: draft("help")[key] for key in ("address", "providerKey", "smtp", "incoming")}
    flow = (await acme.admin.do(START_SIGN_IN, given))["flow"]
    name = flow["step"]["fields"][0]["name"]
    misnamed = [{"name": name, "value": ""}, {"name": "another", "value": CANARY}]
    answers = [{"name": name, "value": CANARY}]

    await acme.admin.do(CONTINUE_SIGN_IN, {"flowId": flow["id"], "answers": misnamed})
    done = await acme.admin.do(CONTINUE_SIGN_IN, {"flowId": flow["id"], "answers": answers})
    saved = await acme.admin.saved(draft("help", credential={"flowId": flow["id"]}))

    assert done["flow"]["step"]["is"] == "DoneStep"
    await acme.admin.ask(EVERYTHING, ids=[flow["id"], saved["id"]])


async def test_of_a_fault_of_ours(
    acme: Product,
    draft: Draft,
    overheard: list[str],
    logged: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    test = await acme.admin.tested(with_canary(draft, "sales"))
    monkeypatch.setattr("letterhead.accounts.proven._resealed", broken)

    answer = await acme.admin.answer(SAVE, input={"testId": test["id"]})
    monkeypatch.setattr("letterhead.trials.verbs.now", broken)
    again = await acme.admin.answer(TEST, input={"draft": with_canary(draft, "help")})

    assert [found["errors"][0]["extensions"]["code"] for found in (answer, again)] == ["INTERNAL"] * 2
    assert logged.getvalue().count("a resolver failed") == 2
