"""A secret that was entered is never seen again: in no answer, no row, no log."""

import base64
import html
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import httpx2
import pytest
import pytest_asyncio
import structlog
import trustme

from api import rows
from api.documents import CONTINUE_SIGN_IN, SAVE, SEND, START_SIGN_IN, TEST
from api.drafts import Draft, at, server
from api.live import over_sse
from lab.product import Caller, Product
from lab.sinks import Session, counting_smtp_server
from letterhead import logs
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


def traces(secret: str, user: str) -> set[str]:
    """Every form in which it might be found."""
    raw = secret.encode()
    plain = [f"\0{user}\0{secret}".encode(), raw, b" " + raw, b"  " + raw]
    in_base64 = {text[4:-4] for one in plain for text in map(bytes.decode, (b64(one), b64url(one)))}
    escaped = {
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret),
        quote(secret),
        quote_plus(secret),
    }
    return {secret, raw.hex(), *in_base64, *escaped, json.dumps(json.dumps(secret))[3:-3]}


b64, b64url = base64.b64encode, base64.urlsafe_b64encode


class Overheard:
    """Everything that the server has answered a caller."""

    def __init__(self, caller: Caller) -> None:
        self.texts: list[str] = []
        caller.http.event_hooks["response"].append(self.hear)

    async def hear(self, response: httpx2.Response) -> None:
        self.texts.append((await response.aread()).decode())


@pytest.fixture(autouse=True)
def sandbox_with_another_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual one is in public texts."""
    monkeypatch.setattr("letterhead.sandbox.mailboxes.SANDBOX_PASSWORD", CANARY)


@pytest.fixture
def logged(settings: Settings) -> Iterator[io.StringIO]:
    """What the product logs when it logs all it can."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure(settings.model_copy(update={"log_level": "DEBUG"}))
    structlog.configure(cache_logger_on_first_use=False)
    stream = io.StringIO()
    assert isinstance(root.handlers[0], logging.StreamHandler)
    root.handlers[0].setStream(stream)
    logging.getLogger("tests").debug("the test begins")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest_asyncio.fixture(loop_scope="module")
async def overheard(
    acme: Product, settings: Settings, logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> AsyncIterator[Overheard]:
    """After the test: it was neither answered nor stored nor logged."""
    overheard = Overheard(acme.admin)
    yield overheard
    written, printed = await rows.everything(), capfd.readouterr()
    if settings.database_url.startswith("sqlite:"):
        path = Path(urlsplit(settings.database_url).path)
        written += "".join(part.read_bytes().decode("latin-1") for part in path.parent.glob(f"{path.name}*"))
    places = {
        "answers": "\n".join(overheard.texts),
        "rows": written,
        "logs": logged.getvalue() + printed.out + printed.err,
    }
    assert all(places.values())
    for name in ("sales", "help"):
        found = {
            (place, trace)
            for place, text in places.items()
            for trace in traces(CANARY, at(name))
            if trace in text
        }
        assert found == set()


def with_canary(draft: Draft, name: str, **changes: object) -> dict[str, object]:
    return draft(name, credential={"password": CANARY}, **changes)


async def test_of_an_account_that_is_connected_and_used(
    acme: Product, draft: Draft, overheard: Overheard
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
    acme: Product, draft: Draft, overheard: Overheard
) -> None:
    watching = "subscription ($id: ID!) { accountTestProgress(testId: $id) { status steps { transcript } } }"

    started = await acme.admin.do(TEST, {"draft": with_canary(draft, "sales")})
    events = [event async for event in over_sse(acme.admin, watching, id=started["test"]["id"])]

    assert events[-1]["data"]["accountTestProgress"]["status"] == "PASSED"
    await acme.admin.ask(EVERYTHING, ids=[started["test"]["id"]])


async def test_of_a_server_that_says_it_back(
    acme: Product, draft: Draft, overheard: Overheard, lab_ca: trustme.CA
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
    acme: Product, draft: Draft, overheard: Overheard, lab_ca: trustme.CA
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
    acme: Product, draft: Draft, overheard: Overheard, end: str
) -> None:
    bad = draft("sales", credential={"password": CANARY + end + CANARY})

    payload = await acme.admin.do(TEST, {"draft": bad})

    assert [error["code"] for error in payload["errors"]] == ["INVALID"]


async def test_of_one_that_was_put_in_the_wrong_place(
    acme: Product, draft: Draft, overheard: Overheard
) -> None:
    wrong = draft("sales", credential={"password": CANARY, "none": True})

    answer = await acme.admin.answer(TEST, input={"draft": wrong})

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]


async def test_of_a_sign_in(acme: Product, draft: Draft, overheard: Overheard) -> None:
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
    overheard: Overheard,
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
