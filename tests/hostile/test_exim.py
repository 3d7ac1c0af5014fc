"""Exim, which words its refusals in a way of its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from api.documents import SEND
from hostile.stage import CANARY, SALES, Stage, draft, server, sign_ins, troubles
from lab.exim import PUZZLED, Exim
from lab.product import Product
from wire.scripted import Served

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.mailservers]

NOBODY = {"credential": {"none": True}, "incomingCredential": {"password": CANARY}}


@pytest_asyncio.fixture(loop_scope="module")
async def mailbox(stage: Stage) -> AsyncIterator[Served]:
    """What receives for the addresses that Exim sends for."""
    async with stage.serving("POP3") as served:
        yield served


def at(exim: Exim, port: str, mailbox: Served, **changes: Any) -> dict[str, Any]:
    security = "TLS" if port == "submissions" else "STARTTLS"
    login = changes.pop("login", SALES)
    smtp = server("SMTP", getattr(exim, port), changes.pop("security", security), username=login)
    return draft(smtp, server("POP3", mailbox.port, username=login), **changes)


@pytest.mark.parametrize("port", ["submission", "submissions"])
async def test_the_straight_way_passes_without_a_word(
    stage: Stage, exim: Exim, mailbox: Served, port: str
) -> None:
    test = await stage.caller.tested(at(exim, port, mailbox))

    assert (test["status"], {step["status"] for step in test["steps"]}) == ("PASSED", {"PASSED"})


async def test_a_wrong_password_is_offered_once(stage: Stage, exim: Exim, mailbox: Served) -> None:
    before = exim.refused_sign_ins()

    wrong = at(exim, "submission", mailbox, credential={"password": CANARY + "!"})
    test = await stage.caller.tested(wrong)

    assert (test["status"], troubles(test)) == ("FAILED", [("SMTP", "SIGN_IN", "WRONG_PASSWORD")])
    assert test["diagnosis"]["reply"] == {
        "code": 535,
        "enhancedCode": None,
        "text": "Incorrect authentication data",
    }
    assert (exim.refused_sign_ins() - before, sign_ins(mailbox)) == (1, [])


REFUSED: dict[str, tuple[str, str, int]] = {
    "prohibited": ("FAILED", "POLICY_OTHER", 550),
    "foreign": ("FAILED", "SENDER_NOT_OWNED", 550),
    "late": ("FAILED", "SENDER_NOT_OWNED", 550),
    "ghost": ("FAILED", "SENDER_DOMAIN_UNVERIFIED", 550),
    "unknown": ("PASSED_WITH_WARNINGS", "RECIPIENT_UNKNOWN", 550),
    "later": ("PASSED_WITH_WARNINGS", "SERVER_UNAVAILABLE", 451),
    "slow": ("PASSED_WITH_WARNINGS", "SERVER_UNAVAILABLE", 451),
    "greylisted": ("PASSED_WITH_WARNINGS", "GREYLISTED", 451),
    "full": ("PASSED_WITH_WARNINGS", "RECIPIENT_MAILBOX_FULL", 452),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refused_envelope_blocks_where_it_is_about_the_sender(
    stage: Stage, exim: Exim, mailbox: Served, name: str
) -> None:
    test = await stage.caller.tested(at(exim, "submission", mailbox, address=f"{name}@lab.example"))

    status, code, said = REFUSED[name]
    assert (test["status"], troubles(test)) == (status, [("SMTP", "SENDER", code)])
    [step] = [step for step in test["steps"] if step["diagnosis"]]
    assert any(line.startswith(f"S: {said} ") for line in step["transcript"])


async def test_a_refused_alias_only_warns(stage: Stage, exim: Exim, mailbox: Served) -> None:
    aliases = [{"address": f"{name}@lab.example"} for name in ("foreign", "slow", "fine")]

    given = at(exim, "submission", mailbox, aliases=aliases, address="bob@lab.example")

    account = await stage.caller.saved(given)

    assert [(alias["proof"], alias["problem"]) for alias in account["aliases"]] == [
        ("REFUSED", {"code": "SENDER_NOT_OWNED"}),
        ("NOT_REFUSED", None),
        ("NOT_REFUSED", None),
    ]


UNKNOWN = {
    "TLS_REQUIRED": {"security": "NONE", "address": "bare@lab.example"},
    "AUTH_REQUIRED": {"address": "member@lab.example"},
    "RELAY_DENIED": {"address": "sales@elsewhere.example"},
}


@pytest.mark.parametrize("code", UNKNOWN)
async def test_who_does_not_sign_in_is_told_what_is_missing(
    stage: Stage, exim: Exim, mailbox: Served, code: str
) -> None:
    test = await stage.caller.tested(at(exim, "submission", mailbox, **UNKNOWN[code], **NOBODY))

    assert (test["status"], troubles(test)) == ("FAILED", [("SMTP", "SENDER", code)])


SET_WRONG = {
    "nameless": ({}, "SIGN_IN", "The server offers no way to sign in that fits"),
    "misnamed": ({}, "TLS", "The server’s certificate is for another name"),
    "outdated": ({}, "TLS", "No common way to encrypt was found"),
    "submission": ({"security": "TLS"}, "TLS", "This port does not speak TLS from the start"),
}


@pytest.mark.parametrize("port", SET_WRONG)
async def test_what_is_set_wrong_is_named(stage: Stage, exim: Exim, mailbox: Served, port: str) -> None:
    changes, when, title = SET_WRONG[port]

    test = await stage.caller.tested(at(exim, port, mailbox, **changes))

    [failed] = [step["stage"] for step in test["steps"] if step["status"] == "FAILED"]
    assert (test["status"], failed, test["diagnosis"]["title"]) == ("FAILED", when, title)


async def test_a_server_that_cannot_tell_is_no_reason_to_change_the_password(
    stage: Stage, exim: Exim, mailbox: Served
) -> None:
    test = await stage.caller.tested(at(exim, "submission", mailbox, login=PUZZLED))

    assert (test["status"], troubles(test)) == ("FAILED", [("SMTP", "SIGN_IN", "SERVER_UNAVAILABLE")])
    assert (test["diagnosis"]["reply"]["code"], test["diagnosis"]["retry"]) == (435, "LATER")


async def test_too_many_connections_are_a_matter_of_time(stage: Stage, exim: Exim, mailbox: Served) -> None:
    heard, held = await asyncio.open_connection(exim.host, exim.crowded)
    await heard.readline()

    test = await stage.caller.tested(at(exim, "crowded", mailbox))
    held.close()

    assert (test["status"], troubles(test)) == ("FAILED", [("SMTP", "GREETING", "RATE_LIMITED")])
    assert (test["diagnosis"]["reply"]["code"], test["diagnosis"]["retry"]) == (421, "LATER")


async def test_a_message_that_is_too_large_is_refused_by_its_size(
    product: Product, exim: Exim, mailbox: Served
) -> None:
    ids = await product.directory(employees=[{"externalId": "dana", "name": "Dana"}])
    account = await product.admin.saved(at(exim, "submission", mailbox))
    message = {
        "idempotencyKey": "large",
        "context": {"employeeId": ids["dana"], "accountId": account["id"]},
        "to": [{"address": SALES}],
        "subject": "Large",
        "text": "x" * 6000,
    }

    refused = await product.admin.do(SEND, message)

    assert refused["message"] is None
    assert [error["code"] for error in refused["errors"]] == ["TOO_LARGE"]
