"""The whole test, its round trip included, against real Postfix and Dovecot."""

from typing import Any

import pytest

from api.marks import on_sqlite
from lab.mailservers import ALIASES, MailServers
from lab.product import Product
from trials.asking import outcome, run_test, steps

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.mailservers, on_sqlite]

SALES, SUPPORT, FOREIGN = "sales@lab.example", next(iter(ALIASES)), "bob@lab.example"


def draft(servers: MailServers, incoming: str, **changes: Any) -> dict[str, Any]:
    ways = {
        "POP3": {"protocol": "POP3", "host": servers.host, "port": servers.pop3s, "security": "TLS"},
        "IMAP": {"protocol": "IMAP", "host": servers.host, "port": servers.imap, "security": "STARTTLS"},
    }
    return {
        "address": SALES,
        "providerKey": "custom",
        "smtp": {
            "protocol": "SMTP",
            "host": servers.host,
            "port": servers.submission,
            "security": "STARTTLS",
        },
        "incoming": ways[incoming],
        "credential": {"password": servers.users[SALES]},
        **changes,
    }


@pytest.mark.parametrize("incoming", ["POP3", "IMAP"])
async def test_the_round_trip(acme: Product, mailservers: MailServers, incoming: str) -> None:
    await mailservers.empty(SALES)
    aliases = [{"address": FOREIGN}, {"address": SUPPORT}]

    test = await run_test(acme.admin, draft(mailservers, incoming, aliases=aliases), roundTrip=True)
    left = await mailservers.mailbox(SALES)

    assert test["status"] == "PASSED_WITH_WARNINGS"
    assert outcome(test, "SENDER") == [
        (SALES, "PASSED", None),
        (FOREIGN, "WARNED", "SENDER_NOT_OWNED"),
        (SUPPORT, "PASSED", None),
    ]
    assert outcome(test, "ROUND_TRIP") == [(SALES, "PASSED", None), (SUPPORT, "PASSED", None)]
    assert {step["evidence"].partition(" and ")[2] for step in steps(test, "ROUND_TRIP")} == {
        "was deleted again."
    }
    assert left == []


@pytest.mark.parametrize("incoming", ["POP3", "IMAP"])
async def test_other_mail_is_left_as_it_was(acme: Product, mailservers: MailServers, incoming: str) -> None:
    await mailservers.empty(SALES)
    first = await acme.admin.saved(draft(mailservers, incoming))
    assert first["addressProof"] == "NOT_REFUSED"
    await _mail_to_itself(acme)
    before = [message["Message-ID"] for message in await mailservers.mailbox(SALES, at_least=1)]

    test = await run_test(acme.admin, draft(mailservers, incoming), roundTrip=True)

    assert test["status"] == "PASSED"
    assert [message["Message-ID"] for message in await mailservers.mailbox(SALES)] == before


async def _mail_to_itself(acme: Product) -> None:
    ids = await acme.directory(employees=[{"externalId": "ann", "name": "Ann"}])
    ann = await acme.employee(ids["ann"])
    document = """
    mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } errors { message } } }
    """
    given = {
        "idempotencyKey": "1",
        "context": {},
        "to": [{"address": SALES}],
        "subject": "Already there",
        "text": "Not to be touched.",
    }
    sent = await ann.do(document, given)
    await ann.finished(sent["message"]["id"])


@pytest.mark.parametrize("incoming", ["POP3", "IMAP"])
async def test_the_evidence(acme: Product, mailservers: MailServers, incoming: str) -> None:
    test = await run_test(acme.admin, draft(mailservers, incoming))

    told = steps(test, "CAPABILITIES")[0]["evidence"]
    assert {word.partition(" ")[0] for word in told.split(", ")} >= {
        *("AUTH", "SIZE", "8BITMIME", "PIPELINING", "DSN", "SMTPUTF8"),
    }
    assert all("certificate by" in step["evidence"] for step in steps(test, "TLS"))
    assert steps(test, "MAILBOX")[0]["evidence"].startswith(("0 messages", "1 message"))
