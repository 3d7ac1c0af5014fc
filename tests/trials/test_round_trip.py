"""A message to itself: seen to arrive, compared, and deleted, and nothing else touched."""

import asyncio
import poplib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from api.drafts import Draft, at, server
from api.mailbox import arrived
from api.marks import on_sqlite
from lab.product import Product
from letterhead.sandbox import service
from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD, Mailboxes
from letterhead.sandbox.service import Sandbox, running_sandbox
from trials.asking import TEST, outcome, run_test, steps

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUND_TRIP = {"roundTrip": True}


class Rewriting(Mailboxes):
    """Replaces the From of whatever arrives, without a word."""

    by = b"somebody.else@sandbox.letterhead.example"

    def deliver(self, mailbox: str, content: bytes) -> None:
        head, _, body = content.partition(b"\r\n\r\n")
        lines = [b"From: " + self.by if line.startswith(b"From:") else line for line in head.split(b"\r\n")]
        super().deliver(mailbox, b"\r\n".join(lines) + b"\r\n\r\n" + body)


class Losing(Mailboxes):
    def deliver(self, mailbox: str, content: bytes) -> None:
        """Takes it and forgets it."""


@asynccontextmanager
async def opened(sandbox: Sandbox, address: str) -> AsyncIterator[None]:
    """The mailbox, locked by somebody else."""
    pop3 = await asyncio.to_thread(_open, sandbox, address)
    yield
    await asyncio.to_thread(pop3.quit)


def _open(sandbox: Sandbox, address: str) -> poplib.POP3:
    pop3 = poplib.POP3("localhost", sandbox.pop3_port, timeout=10)
    pop3.stls(ssl.create_default_context(cadata=sandbox.ca_pem))
    pop3.user(address)
    pop3.pass_(SANDBOX_PASSWORD)
    return pop3


def trust(acme: Product, sandbox: Sandbox) -> None:
    acme.serving.house.dialler.tls.load_verify_locations(cadata=sandbox.ca_pem)


def draft_of(sandbox: Sandbox, name: str = "sales", **changes: Any) -> dict[str, Any]:
    return {
        "address": at(name),
        "providerKey": "custom",
        "smtp": server("SMTP", sandbox.smtp_port),
        "incoming": server("POP3", sandbox.pop3_port),
        "credential": {"password": SANDBOX_PASSWORD},
        **changes,
    }


async def test_what_was_sent_is_seen_and_deleted_and_nothing_else(
    acme: Product, draft: Draft, mail: Sandbox
) -> None:
    ann = await acme.admin.saved(draft("ann"))
    for number in range(2):
        await run_test(acme.admin, draft("ann"))
        assert ann, number
    before = [message["Message-ID"] for message in await arrived(mail, at("ann"))]

    test = await run_test(acme.admin, draft("ann"), **ROUND_TRIP)

    assert test["status"] == "PASSED"
    [step] = steps(test, "ROUND_TRIP")
    assert (step["leg"], step["subject"], step["status"]) == (None, at("ann"), "PASSED")
    assert step["title"] == f"Send a message to itself as {at('ann')}"
    assert step["evidence"] == f"It arrived as {at('ann')} and was deleted again."
    assert [message["Message-ID"] for message in await arrived(mail, at("ann"))] == before


@on_sqlite
async def test_it_is_left_out_where_nobody_asks_for_it(acme: Product, draft: Draft) -> None:
    assert steps(await run_test(acme.admin, draft("ann")), "ROUND_TRIP") == []


async def test_the_proof_is_saved_for_the_address_and_three_at_most(acme: Product, draft: Draft) -> None:
    aliases = [{"address": at(f"help+{number}")} for number in range(3)]
    given = draft("help", aliases=aliases)

    saved = await acme.admin.saved(given, **ROUND_TRIP)

    assert saved["addressProof"] == "ROUND_TRIP"
    assert [alias["proof"] for alias in saved["aliases"]] == ["ROUND_TRIP", "ROUND_TRIP", "NOT_REFUSED"]


@on_sqlite
async def test_an_alias_that_is_refused_is_not_sent_from(acme: Product, draft: Draft) -> None:
    aliases = [{"address": at("another")}, {"address": at("help+one")}]

    test = await run_test(acme.admin, draft("help", aliases=aliases), **ROUND_TRIP)

    assert outcome(test, "ROUND_TRIP") == [(at("help"), "PASSED", None), (at("help+one"), "PASSED", None)]


@on_sqlite
async def test_an_alias_whose_from_is_replaced_cannot_be_chosen(
    acme: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rewriting, "by", at("sales").encode())
    monkeypatch.setattr(service, "Mailboxes", Rewriting)
    async with running_sandbox() as rewriting:
        trust(acme, rewriting)
        given = draft_of(rewriting, aliases=[{"address": at("sales+news")}])
        test = await run_test(acme.admin, given, **ROUND_TRIP)
        saved = await acme.admin.saved(given, **ROUND_TRIP)
        left = await arrived(rewriting, at("sales"))

    assert test["status"] == "PASSED_WITH_WARNINGS"
    assert outcome(test, "ROUND_TRIP") == [
        (at("sales"), "PASSED", None),
        (at("sales+news"), "WARNED", "SENDER_NOT_OWNED"),
    ]
    why = steps(test, "ROUND_TRIP")[1]["diagnosis"]
    assert why["title"] == "The service replaced the From address"
    assert at("sales") in why["explanation"]
    assert saved["addressProof"] == "ROUND_TRIP"
    assert [(one["proof"], one["problem"]) for one in saved["aliases"]] == [
        ("REFUSED", {"code": "SENDER_NOT_OWNED"})
    ]
    assert left == []


@on_sqlite
async def test_an_address_whose_own_from_is_replaced_is_of_no_use(
    acme: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "Mailboxes", Rewriting)
    async with running_sandbox() as rewriting:
        trust(acme, rewriting)
        test = await run_test(acme.admin, draft_of(rewriting), **ROUND_TRIP)
        left = await arrived(rewriting, at("sales"))

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "SENDER_NOT_OWNED")
    assert Rewriting.by.decode() in test["diagnosis"]["explanation"]
    assert left == []


@on_sqlite
async def test_what_does_not_arrive_in_time_is_a_warning(
    acme: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "Mailboxes", Losing)
    monkeypatch.setattr("letterhead.trials.round_trip.SECONDS", 1.5)
    async with running_sandbox() as losing:
        trust(acme, losing)
        saved = await acme.admin.saved(draft_of(losing), **ROUND_TRIP)
        test = await run_test(acme.admin, draft_of(losing), **ROUND_TRIP)

    assert saved["addressProof"] == "NOT_REFUSED"
    assert test["status"] == "PASSED_WITH_WARNINGS"
    [step] = steps(test, "ROUND_TRIP")
    assert step["status"] == "WARNED"
    assert step["diagnosis"]["title"] == "The message did not arrive in time"
    assert "Letterhead test " in step["diagnosis"]["advice"][0]["text"]


@on_sqlite
async def test_a_message_that_is_refused_at_its_end_warns_or_rules_out(acme: Product, draft: Draft) -> None:
    content = await run_test(acme.admin, draft("spam"), **ROUND_TRIP)

    assert content["status"] == "PASSED_WITH_WARNINGS"
    assert outcome(content, "ROUND_TRIP") == [(at("spam"), "WARNED", "SPAM_CONTENT")]


@on_sqlite
async def test_a_mailbox_that_somebody_is_in_is_tried_again(
    acme: Product, draft: Draft, mail: Sandbox
) -> None:
    async with opened(mail, at("busybody")):
        started = await acme.admin.do(TEST, {"draft": draft("busybody"), **ROUND_TRIP})
        await asyncio.sleep(0.7)
    test = await acme.admin.until_tested(started["test"]["id"])

    assert test["status"] == "PASSED"
    assert outcome(test, "SIGN_IN") == [("SMTP", "PASSED", None), ("POP3", "PASSED", None)]


@on_sqlite
async def test_a_mailbox_that_somebody_stays_in_is_no_wrong_password(
    acme: Product, draft: Draft, mail: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.trials.run.DEADLINE_SECONDS", 5.0)
    async with opened(mail, at("busybody")):
        test = await run_test(acme.admin, draft("busybody"), **ROUND_TRIP)

    assert test["status"] == "PASSED_WITH_WARNINGS"
    assert outcome(test, "SIGN_IN") == [("SMTP", "PASSED", None), ("POP3", "WARNED", "SERVER_UNAVAILABLE")]
    assert outcome(test, "MAILBOX") == [("POP3", "SKIPPED", None)]
    assert outcome(test, "ROUND_TRIP") == [(at("busybody"), "WARNED", "UNKNOWN")]


@on_sqlite
async def test_two_tests_of_one_mailbox_do_not_get_in_each_others_way(acme: Product, draft: Draft) -> None:
    tests = await asyncio.gather(*(run_test(acme.admin, draft("shared"), **ROUND_TRIP) for _ in range(4)))

    assert [test["status"] for test in tests] == ["PASSED"] * 4


@on_sqlite
async def test_without_an_incoming_server_there_is_nothing_to_see(acme: Product, draft: Draft) -> None:
    from letterhead.store import models

    await models.Company.filter(id=acme.company_id).update(incoming_server="OPTIONAL")

    payload = await acme.admin.do(TEST, {"draft": draft("ann", incoming=None), **ROUND_TRIP})

    assert [(error["path"], error["code"]) for error in payload["errors"]] == [(["roundTrip"], "INVALID")]
