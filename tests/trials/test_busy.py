"""POP3 lets one in at a time: what a server says of that is no wrong password."""

import ssl

import pytest
import trustme

from api.drafts import Draft, server
from api.marks import on_sqlite
from lab.product import Product
from trials.asking import outcome, run_test, steps
from wire.conftest import serving_with
from wire.scripted import IMAP, POP3, Served, scripted, talking

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

BUSY = [
    "-ERR [IN-USE] Do you have another POP session running?",
    "-ERR [LOGIN-DELAY] Too soon",
    "-ERR [SYS/TEMP] Temporary authentication failure",
]


@pytest.fixture
def tls(lab_ca: trustme.CA) -> ssl.SSLContext:
    return serving_with(lab_ca.issue_cert("localhost"))


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letterhead.trials.run.DEADLINE_SECONDS", 6.0)


def pop3(served: Served) -> dict[str, object]:
    return {"incoming": server("POP3", served.port, security="TLS")}


@pytest.mark.parametrize("said", BUSY)
async def test_a_busy_mailbox_is_a_warning(
    acme: Product, draft: Draft, tls: ssl.SSLContext, said: str, in_a_hurry: None
) -> None:
    async with scripted(POP3, tls=tls, PASS=said) as served:
        test = await run_test(acme.admin, draft("sales", **pop3(served)))

    assert test["status"] == "PASSED_WITH_WARNINGS"
    [(_, status, code)] = outcome(test, "SIGN_IN")[1:]
    assert (status, code in {"SERVER_UNAVAILABLE", "RATE_LIMITED"}) == ("WARNED", True)
    assert steps(test, "SIGN_IN")[1]["diagnosis"]["reply"]["text"] == said.removeprefix("-ERR ")
    assert outcome(test, "MAILBOX") == [("POP3", "SKIPPED", None)]
    assert served.verbs().count("PASS") >= 2


async def test_a_mailbox_that_is_free_again_is_opened(
    acme: Product, draft: Draft, tls: ssl.SSLContext
) -> None:
    answers = iter([BUSY[0], BUSY[1], "+OK welcome"])

    async def talk(reader, writer, served: Served) -> None:  # type: ignore[no-untyped-def] # as in scripted
        writer.write(b"+OK ready\r\n")
        while line := (await reader.readline()).decode().strip():
            served.heard.append(line)
            verb = line.split(" ")[0]
            answer = {"CAPA": "+OK\r\nUSER\r\n.", "STAT": "+OK 0 0"}.get(verb, "+OK")
            writer.write(f"{next(answers) if verb == 'PASS' else answer}\r\n".encode())

    async with talking(talk, tls=tls) as served:
        test = await run_test(acme.admin, draft("sales", **pop3(served)))

    assert test["status"] == "PASSED"
    assert (served.connections, served.verbs().count("PASS")) == (3, 3)


async def test_a_wrong_password_is_tried_once(acme: Product, draft: Draft, tls: ssl.SSLContext) -> None:
    async with scripted(POP3, tls=tls, PASS="-ERR [AUTH] Wrong") as served:
        test = await run_test(acme.admin, draft("sales", **pop3(served)))

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "WRONG_PASSWORD")
    assert (served.connections, served.verbs().count("PASS")) == (1, 1)


async def test_imap_says_it_too(acme: Product, draft: Draft, tls: ssl.SSLContext, in_a_hurry: None) -> None:
    refusal = "TAG NO [UNAVAILABLE] User database is down"
    async with scripted(IMAP, tls=tls, AUTHENTICATE=refusal) as served:
        given = {"incoming": server("IMAP", served.port, security="TLS")}
        test = await run_test(acme.admin, draft("sales", **given))

    assert (test["status"], outcome(test, "SIGN_IN")[1][1:]) == (
        "PASSED_WITH_WARNINGS",
        ("WARNED", "SERVER_UNAVAILABLE"),
    )
