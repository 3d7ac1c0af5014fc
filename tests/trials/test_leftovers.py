"""A test that ends before its time, whichever way, leaves no socket, no lock and no RUNNING behind."""

import asyncio
import ssl
from datetime import timedelta

import pytest
import trustme

from api.drafts import Draft, server
from api.marks import on_sqlite
from lab.product import Product
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now
from letterhead.trials.verbs import sweep
from trials.asking import TEST, run_test, shown
from wire.conftest import serving_with
from wire.scripted import POP3, SILENCE, SMTP, Answer, scripted

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

CANCEL = """
mutation ($input: CancelTestInput!) { cancelTest(input: $input) { test { status } errors { code } } }
"""
MOMENTS: list[tuple[str, dict[str, Answer]]] = [
    ("SMTP", {"greeting": SILENCE}),
    ("SMTP", {"EHLO": SILENCE}),
    ("SMTP", {"AUTH": SILENCE}),
    ("SMTP", {"RCPT": SILENCE}),
    ("POP3", {"greeting": SILENCE}),
    ("POP3", {"PASS": SILENCE}),
    ("POP3", {"STAT": SILENCE}),
    ("POP3", {"PASS": "-ERR [IN-USE] Somebody is in"}),
]


@pytest.fixture
def tls(lab_ca: trustme.CA) -> ssl.SSLContext:
    return serving_with(lab_ca.issue_cert("localhost"))


def at_port(protocol: str, port: int) -> dict[str, object]:
    side = "smtp" if protocol == "SMTP" else "incoming"
    return {side: server(protocol, port, security="TLS")}


@pytest.mark.parametrize(("protocol", "answers"), MOMENTS)
async def test_when_it_is_cancelled(
    acme: Product, draft: Draft, tls: ssl.SSLContext, *, protocol: str, answers: dict[str, Answer]
) -> None:
    async with scripted(SMTP if protocol == "SMTP" else POP3, tls=tls, **answers) as served:
        test = (await acme.admin.do(TEST, {"draft": draft("sales", **at_port(protocol, served.port))}))[
            "test"
        ]
        await asyncio.sleep(0.25)
        cancelled = await acme.admin.do(CANCEL, {"testId": test["id"]})
        async with asyncio.timeout(5):
            await served.left.wait()

    assert cancelled == {"test": {"status": "CANCELLED"}, "errors": []}


@pytest.mark.parametrize(("protocol", "answers"), MOMENTS[:-1])
async def test_when_its_time_is_up(
    acme: Product,
    draft: Draft,
    tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
    *,
    protocol: str,
    answers: dict[str, Answer],
) -> None:
    monkeypatch.setattr("letterhead.trials.run.DEADLINE_SECONDS", 0.6)
    async with scripted(SMTP if protocol == "SMTP" else POP3, tls=tls, **answers) as served:
        test = await run_test(acme.admin, draft("sales", **at_port(protocol, served.port)))
        async with asyncio.timeout(5):
            await served.left.wait()

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "TIMEOUT")
    assert {step["status"] for step in test["steps"]} <= {"PASSED", "FAILED", "SKIPPED"}


async def test_when_it_is_cancelled_while_a_message_is_awaited(
    acme: Product, draft: Draft, tls: ssl.SSLContext
) -> None:
    async with scripted(POP3, tls=tls, UIDL="+OK\r\n.") as served:
        given = draft("sales", **at_port("POP3", served.port))
        test = (await acme.admin.do(TEST, {"draft": given, "roundTrip": True}))["test"]
        async with asyncio.timeout(5):
            while served.connections < 3:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.02)
        cancelled = await acme.admin.do(CANCEL, {"testId": test["id"]})

    assert cancelled["test"]["status"] == "CANCELLED"


async def test_when_it_is_ended_by_another_process(acme: Product, draft: Draft) -> None:
    async with scripted(SMTP, greeting=SILENCE) as silent:
        given = draft("sales", smtp=server("SMTP", silent.port))
        test = (await acme.admin.do(TEST, {"draft": given}))["test"]
        await asyncio.sleep(0.2)
        row = models.AccountTest.filter(id=row_id(test["id"], "AccountTest"))
        await row.update(status="CANCELLED", finished_at=now())
        async with asyncio.timeout(5):
            await silent.left.wait()

    assert (await shown(acme.admin, test["id"]))["status"] == "CANCELLED"


async def test_when_its_process_is_gone(acme: Product, draft: Draft) -> None:
    test = await run_test(acme.admin, draft("sales"))
    row = models.AccountTest.filter(id=row_id(test["id"], "AccountTest"))
    await row.update(status="RUNNING", deadline_at=now() - timedelta(seconds=1))

    await sweep()

    left = await models.AccountTest.get(id=row_id(test["id"], "AccountTest"))
    assert (left.status, left.secret_sealed) == ("INTERRUPTED", None)
