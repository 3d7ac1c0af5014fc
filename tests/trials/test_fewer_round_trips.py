"""What may be said at once is said at once, and what is said last is not waited for."""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter

import pytest
import trustme

from api.drafts import Draft, server
from api.marks import on_sqlite
from lab.product import Product
from trials.asking import outcome, run_test
from wire.conftest import serving_with
from wire.scripted import POP3, SILENCE, SMTP, Answer, Served, scripted, talking

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]


@pytest.fixture
def tls(lab_ca: trustme.CA) -> ssl.SSLContext:
    return serving_with(lab_ca.issue_cert("localhost"))


def at_port(protocol: str, port: int) -> dict[str, object]:
    side = "smtp" if protocol == "SMTP" else "incoming"
    return {side: server(protocol, port, security="TLS")}


EHLO = "250-mail.example\r\n250-PIPELINING\r\n250 AUTH PLAIN"
CAPA = "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n."


async def test_smtp_hears_a_whole_transaction_before_it_answers(
    acme: Product, draft: Draft, tls: ssl.SSLContext
) -> None:
    async def talk(reader: StreamReader, writer: StreamWriter, served: Served) -> None:
        async def hear(count: int) -> None:
            for _ in range(count):
                served.heard.append((await reader.readline()).decode().strip())

        writer.write(b"220 ready\r\n")
        for lines, answer in ((1, EHLO), (1, "235 Welcome"), (3, "250 Ok\r\n250 Ok\r\n250 Ok")):
            await hear(lines)
            writer.write(f"{answer}\r\n".encode())
        await hear(1)

    async with talking(talk, tls=tls) as served:
        test = await run_test(acme.admin, draft("sales", **at_port("SMTP", served.port)))

    assert test["status"] == "PASSED"
    assert served.verbs() == ["EHLO", "AUTH", "MAIL", "RCPT", "RSET", "QUIT"]


async def test_pop3_hears_who_and_what_at_once(acme: Product, draft: Draft, tls: ssl.SSLContext) -> None:
    async def talk(reader: StreamReader, writer: StreamWriter, served: Served) -> None:
        async def hear(count: int) -> None:
            for _ in range(count):
                served.heard.append((await reader.readline()).decode().strip())

        writer.write(b"+OK ready\r\n")
        for lines, answer in ((1, CAPA), (3, "+OK\r\n+OK\r\n+OK 2 320")):
            await hear(lines)
            writer.write(f"{answer}\r\n".encode())
        await hear(1)

    async with talking(talk, tls=tls) as served:
        test = await run_test(acme.admin, draft("sales", **at_port("POP3", served.port)))

    assert test["status"] == "PASSED"
    assert served.verbs() == ["CAPA", "USER", "PASS", "STAT", "QUIT"]


@pytest.mark.parametrize(
    ("answers", "status", "code"),
    [
        ({"MAIL": "553 5.7.1 Sender address rejected: not owned by user"}, "FAILED", "SENDER_NOT_OWNED"),
        ({"RCPT": "550 5.7.1 Relay access denied"}, "FAILED", "RELAY_DENIED"),
        ({"RCPT": "550 5.1.1 No such user"}, "WARNED", "RECIPIENT_UNKNOWN"),
        ({"MAIL": "421 4.3.2 Shutting down"}, "WARNED", "SERVER_UNAVAILABLE"),
        ({"RSET": "500 What?"}, "PASSED", None),
    ],
)
async def test_each_answer_is_heard_as_if_it_had_been_waited_for(
    acme: Product,
    draft: Draft,
    tls: ssl.SSLContext,
    *,
    answers: dict[str, Answer],
    status: str,
    code: str | None,
) -> None:
    async with scripted(SMTP, tls=tls, EHLO=EHLO, **answers) as served:
        test = await run_test(acme.admin, draft("sales", **at_port("SMTP", served.port)))

    [(_, *sender)] = outcome(test, "SENDER")
    assert sender == [status, code]


async def test_a_refused_secret_is_refused_at_once_too(
    acme: Product, draft: Draft, tls: ssl.SSLContext
) -> None:
    async with scripted(POP3, tls=tls, CAPA=CAPA, PASS="-ERR [AUTH] No") as served:
        test = await run_test(acme.admin, draft("sales", **at_port("POP3", served.port)))

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "WRONG_PASSWORD")
    assert (served.connections, served.verbs().count("PASS")) == (1, 1)


@pytest.mark.parametrize(("protocol", "verb"), [("SMTP", "QUIT"), ("POP3", "QUIT")])
async def test_nobody_waits_for_a_goodbye(
    acme: Product, draft: Draft, tls: ssl.SSLContext, *, protocol: str, verb: str
) -> None:
    async with scripted(SMTP if protocol == "SMTP" else POP3, tls=tls, **{verb: SILENCE}) as served:
        started = asyncio.get_running_loop().time()
        test = await run_test(acme.admin, draft("sales", **at_port(protocol, served.port)))
        took = asyncio.get_running_loop().time() - started
        async with asyncio.timeout(5):
            await served.left.wait()

    assert (test["status"], took < 0.8) == ("PASSED", True)
    assert served.verbs()[-1] == "QUIT"
