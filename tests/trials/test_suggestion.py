"""Where a server does not let us through, one that does is found without the secret."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import pytest
import trustme

from api.drafts import Draft, at, server
from api.marks import on_sqlite
from lab.product import Product
from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD
from letterhead.sandbox.service import Sandbox
from trials.asking import run_test
from wire.conftest import serving_with
from wire.scripted import IMAP, POP3, SILENCE, SMTP, Answer, scripted

pytestmark = [pytest.mark.asyncio(loop_scope="module"), on_sqlite]

SECRETS = ("AUTH", "USER", "PASS")


@pytest.fixture
def tls(lab_ca: trustme.CA) -> ssl.SSLContext:
    return serving_with(lab_ca.issue_cert("localhost"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("letterhead.trials.suggestion.PATIENCE", 0.2)


def shown(given: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**given, "username": at("sales"), **changes}


async def test_tls_where_starttls_is_spoken_is_found_out(acme: Product, draft: Draft, mail: Sandbox) -> None:
    smtp, pop3 = server("SMTP", mail.smtp_port), server("POP3", mail.pop3_port)

    test = await run_test(
        acme.admin, draft("sales", smtp=smtp | {"security": "TLS"}, incoming=pop3 | {"security": "TLS"})
    )

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "TLS_MODE_MISMATCH")
    assert test["suggestion"] == {
        "provider": {"key": "custom"},
        "smtp": shown(smtp),
        "incoming": shown(pop3),
        "authMethods": [{"key": "password"}, {"key": "app-password"}, {"key": "none"}],
        "source": "GUESS",
        "trusted": True,
    }


async def test_what_is_suggested_passes(acme: Product, draft: Draft, mail: Sandbox) -> None:
    wrong = {"security": "TLS"}
    given = draft("sales", smtp=server("SMTP", mail.smtp_port, **wrong))
    suggestion = (await run_test(acme.admin, given))["suggestion"]

    again = {"smtp": suggestion["smtp"], "incoming": suggestion["incoming"]}

    assert (await run_test(acme.admin, given | again))["status"] == "PASSED"


@pytest.mark.parametrize(("protocol", "script"), [("SMTP", SMTP), ("POP3", POP3), ("IMAP", IMAP)])
async def test_starttls_where_tls_is_spoken_is_found_out_before_both_have_waited_to_the_end(
    acme: Product,
    draft: Draft,
    tls: ssl.SSLContext,
    impatient: None,
    *,
    protocol: str,
    script: Mapping[str, Answer],
) -> None:
    side = "smtp" if protocol == "SMTP" else "incoming"
    async with scripted(script, tls=tls) as served:
        given = server(protocol, served.port)
        async with asyncio.timeout(5):
            test = await run_test(acme.admin, draft("sales", **{side: given}))

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "TLS_MODE_MISMATCH")
    assert test["suggestion"][side] == shown(given, security="TLS")
    assert not set(served.verbs()) & set(SECRETS)


async def test_where_nothing_answers_nothing_is_suggested(acme: Product, draft: Draft) -> None:
    test = await run_test(acme.admin, draft("sales", smtp=server("SMTP", 1)))

    assert (test["status"], test["suggestion"]) == ("FAILED", None)


async def test_a_server_that_lets_us_through_late_is_kept(
    acme: Product, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.trials.suggestion.PATIENCE", 0.0)

    assert (await run_test(acme.admin, draft("sales")))["suggestion"] is None


async def test_the_other_form_of_a_login_is_suggested_untested(
    acme: Product, draft: Draft, mail: Sandbox
) -> None:
    name = {"username": "sales"}
    given = draft("sales", smtp=server("SMTP", mail.smtp_port, **name))
    given["incoming"] |= name

    test = await run_test(acme.admin, given)

    assert (test["status"], test["diagnosis"]["code"]) == ("FAILED", "WRONG_PASSWORD")
    suggested = (test["suggestion"]["smtp"], test["suggestion"]["incoming"])
    assert suggested == (shown(given["smtp"]), shown(given["incoming"]))
    advice = test["diagnosis"]["advice"][-1]["text"]
    assert advice == f"Some servers want another form of the user name: {at('sales')} was not tried."
    assert (await run_test(acme.admin, given | dict(zip(("smtp", "incoming"), suggested, strict=True))))[
        "status"
    ] == "PASSED"


async def test_a_service_that_says_what_its_logins_are_gets_no_other(acme: Product, mail: Sandbox) -> None:
    given = {
        "address": at("sales"),
        "providerKey": "sandbox",
        "smtp": server("SMTP", mail.smtp_port),
        "incoming": server("POP3", mail.pop3_port),
        "credential": {"password": f"not {SANDBOX_PASSWORD}"},
    }

    test = await run_test(acme.admin, given)

    assert (test["diagnosis"]["code"], test["suggestion"]) == ("WRONG_PASSWORD", None)


async def test_knocks_are_few_and_over_in_time(
    acme: Product, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.trials.suggestion.SECONDS", 0.5)
    knocked = []

    async def knock(server: Any, dialler: Any, *, local_hostname: str) -> None:
        knocked.append(server)
        await asyncio.sleep(60)

    monkeypatch.setattr("letterhead.trials.suggestion.knock", knock)
    ways = {"smtp": server("SMTP", 1), "incoming": server("POP3", 1)}
    started = asyncio.get_running_loop().time()

    test = await run_test(acme.admin, draft("sales", **ways))

    assert (test["status"], test["suggestion"]) == ("FAILED", None)
    assert asyncio.get_running_loop().time() - started < 30
    assert 0 < len(knocked) <= 12


async def test_a_server_that_says_nothing_is_not_taken_for_one_that_wants_tls(
    acme: Product, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.trials.run.DEADLINE_SECONDS", 1.0)
    monkeypatch.setattr("letterhead.trials.suggestion.PATIENCE", 0.0)
    async with scripted(SMTP, greeting=SILENCE) as served:
        test = await run_test(acme.admin, draft("sales", smtp=server("SMTP", served.port)))

    assert (test["diagnosis"]["code"], test["suggestion"]) == ("TIMEOUT", None)
