"""Settings that real servers cannot be used with, and mailboxes that cannot be opened at the moment."""

import asyncio
import poplib
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from hostile.stage import SALES, Stage, draft, server, troubles
from lab.mailservers import MailServers
from lab.product import Product
from letterhead.store import models

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.mailservers]

TLS_PORTS = {"SMTP": "submissions", "POP3": "pop3s", "IMAP": "imaps"}
STARTTLS_PORTS = {"SMTP": "submission", "POP3": "pop3", "IMAP": "imap"}


def at(servers: MailServers, protocol: str, security: str, *, port: str | None = None) -> dict[str, Any]:
    """A server as it should be set, or with a ``port`` that is another's."""
    right = TLS_PORTS if security == "TLS" else STARTTLS_PORTS
    return server(protocol, getattr(servers, port or right[protocol]), security, username=SALES)


def settings(servers: MailServers, wrong: dict[str, Any], user: str = SALES) -> dict[str, Any]:
    """Right but for one server."""
    legs = {"smtp": at(servers, "SMTP", "TLS"), "incoming": at(servers, "POP3", "TLS")}
    legs["smtp" if wrong["protocol"] == "SMTP" else "incoming"] = wrong
    return draft(**legs, address=user, credential={"password": servers.users[user]})


@pytest.mark.parametrize("protocol", ["SMTP", "POP3", "IMAP"])
async def test_tls_at_a_port_for_starttls_is_named(
    stage: Stage, mailservers: MailServers, protocol: str
) -> None:
    wrong = at(mailservers, protocol, "TLS", port=STARTTLS_PORTS[protocol])

    test = await stage.caller.tested(settings(mailservers, wrong))

    assert (test["status"], troubles(test)) == ("FAILED", [(protocol, "TLS", "TLS_MODE_MISMATCH")])
    assert test["diagnosis"]["title"] == "This port does not speak TLS from the start"


@pytest.mark.parametrize("protocol", ["SMTP", "POP3", "IMAP"])
async def test_starttls_at_a_port_for_tls_waits_in_vain_and_says_why(
    stage: Stage, mailservers: MailServers, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.trials.run.DEADLINE_SECONDS", 0.5)
    wrong = at(mailservers, protocol, "STARTTLS", port=TLS_PORTS[protocol])

    test = await stage.caller.tested(settings(mailservers, wrong))

    assert (test["status"], troubles(test)) == ("FAILED", [(protocol, "GREETING", "TIMEOUT")])
    assert "when it expects TLS at once" in test["diagnosis"]["explanation"]


async def test_too_many_sessions_in_a_mailbox_are_a_matter_of_time(
    stage: Stage, mailservers: MailServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.trials.run.DEADLINE_SECONDS", 3.9)  # no time for another attempt
    user = "zoe@lab.example"
    wanted = settings(mailservers, at(mailservers, "POP3", "TLS") | {"username": user}, user)
    wanted["smtp"]["username"] = user

    with await asyncio.to_thread(ExitStack) as held:
        await asyncio.to_thread(held.enter_context, ten_sessions(mailservers, user))
        test = await stage.caller.tested(wanted)

    found = [("POP3", "SIGN_IN", "SERVER_UNAVAILABLE")]
    assert (test["status"], troubles(test)) == ("PASSED_WITH_WARNINGS", found)
    [step] = [step for step in test["steps"] if step["diagnosis"]]
    assert step["transcript"][-1].startswith("S: -ERR [IN-USE] Maximum number of connections")


@contextmanager
def ten_sessions(servers: MailServers, user: str) -> Iterator[None]:
    """As many as Dovecot lets one user have from one address."""
    context = ssl.create_default_context(cafile=servers.ca_file)
    with ExitStack() as held:
        for _ in range(10):
            pop3 = poplib.POP3_SSL(servers.host, servers.pop3s, context=context, timeout=10)
            held.callback(pop3.close)
            pop3.user(user)
            pop3.pass_(servers.users[user])
        yield


async def test_a_company_may_do_without_an_incoming_server(
    stage: Stage, mailservers: MailServers, product: Product
) -> None:
    only_sending = settings(mailservers, at(mailservers, "SMTP", "TLS"))
    del only_sending["incoming"]
    await models.Company.filter(id=product.company_id).update(incoming_server="OPTIONAL")

    test = await stage.caller.tested(only_sending)

    assert (test["status"], {step["leg"] for step in test["steps"]}) == ("PASSED", {None, "SMTP"})
