"""A message that is taken and comes back, on real mail servers, over both protocols."""

import asyncio
import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from lab import dovecot
from lab.mailservers import MailServers
from lab.product import Product
from letterhead.bounces.turns import read_due
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now

pytestmark = [pytest.mark.mailservers]

SALES, CONTACT = "sales@lab.example", "contact@outside.example"
SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id } warnings { code path } errors { message path code } }
}
"""
MESSAGE = """
query ($id: ID!) {
  node(id: $id) {
    ... on Message {
      status
      recipients { address status bouncedAt addressIsBad diagnosis { code reply { enhancedCode text } } }
    }
  }
}
"""


def draft(servers: MailServers, protocol: str) -> dict[str, Any]:
    smtp, incoming = servers.submission, servers.pop3s if protocol == "POP3" else servers.imaps
    login = {"host": servers.host, "username": SALES}
    return {
        "address": SALES,
        "providerKey": "custom",
        "smtp": {"protocol": "SMTP", "port": smtp, "security": "STARTTLS", **login},
        "incoming": {"protocol": protocol, "port": incoming, "security": "TLS", **login},
        "credential": {"password": servers.users[SALES]},
    }


async def agreed(product: Product, servers: MailServers, protocol: str) -> models.EmailAccount:
    """An account whose mail is read, and was looked at for the first time."""
    saved = await product.admin.saved(draft(servers, protocol))
    accounts = models.EmailAccount.filter(id=row_id(saved["id"], "EmailAccount"))
    await accounts.update(reads_bounces=True, inbox_due_at=now() - timedelta(seconds=1))
    await look_again(product)
    return await accounts.get()


async def look_again(product: Product) -> None:
    past = now() - timedelta(seconds=1)
    await models.EmailAccount.filter(company_id=product.company_id).update(
        inbox_due_at=past, inbox_lease_until=None
    )
    await read_due(product.serving.house)


async def came_back(product: Product, message_id: str) -> dict[str, Any]:
    """The message once all of its bounces were read, of which the server's own look may have had some."""
    async with asyncio.timeout(30):
        while True:
            await look_again(product)
            found: dict[str, Any] = (await product.admin.ask(MESSAGE, id=message_id))["node"]
            left = {one["address"] for one in found["recipients"] if one["status"] == "ACCEPTED"}
            if left <= {CONTACT}:
                return found


async def sent(product: Product, key: str, *addresses: str) -> dict[str, Any]:
    ids = await product.directory(employees=[{"externalId": "dana", "name": "Dana"}])
    message = {
        "idempotencyKey": key,
        "context": {"employeeId": ids["dana"]},
        "to": [{"address": address} for address in addresses],
        "subject": "An offer",
        "text": "Hello.",
    }
    payload = await product.admin.do(SEND, message)
    assert payload["errors"] == []
    return payload


@contextmanager
def inbox(servers: MailServers, user: str) -> Iterator[imaplib.IMAP4_SSL]:
    context = ssl.create_default_context(cafile=servers.ca_file)
    imap = imaplib.IMAP4_SSL(servers.host, servers.imaps, ssl_context=context, timeout=10)
    imap.login(f"{user}*{dovecot.READER}", dovecot.READER_PASSWORD)
    try:
        yield imap
    finally:
        imap.logout()


def uids_and_flags(servers: MailServers) -> list[bytes]:
    with inbox(servers, SALES) as imap:
        imap.select("INBOX", readonly=True)
        _, found = imap.fetch("1:*", "(UID FLAGS)")
        return [line.replace(b" \\Recent", b"").replace(b"\\Recent", b"") for line in found if line]


def put_mail(servers: MailServers, text: bytes) -> None:
    with inbox(servers, SALES) as imap:
        imap.append("INBOX", None, None, text)


@pytest.mark.parametrize("protocol", ["POP3", "IMAP"])
async def test_a_message_that_comes_back_is_said_to_have_bounced(
    product: Product, mailservers: MailServers, protocol: str
) -> None:
    await mailservers.empty(SALES)
    put_mail(mailservers, b"From: bob@outside.example\r\nSubject: old\r\n\r\nHello\r\n")
    await agreed(product, mailservers, protocol)
    missing, elsewhere = "missing@nowhere.example", "zoe@nowhere.example"

    payload = await sent(product, "k-1", CONTACT, missing, elsewhere)
    delivered = await product.admin.finished(payload["message"]["id"])
    await mailservers.mailbox(SALES, at_least=2)
    put_mail(mailservers, b"From: bob@outside.example\r\nSubject: Undelivered?\r\n\r\nNot at all\r\n")
    before = uids_and_flags(mailservers)
    found = await came_back(product, payload["message"]["id"])
    await look_again(product)

    assert (delivered["status"], uids_and_flags(mailservers)) == ("SENT", before)
    told = {
        one["address"]: (one["status"], one["addressIsBad"], one["diagnosis"] and one["diagnosis"]["code"])
        for one in found["recipients"]
    }
    assert found["status"] == "PARTLY_SENT"
    assert told == {
        CONTACT: ("ACCEPTED", False, None),
        missing: ("BOUNCED", True, "RECIPIENT_UNKNOWN"),
        elsewhere: ("BOUNCED", True, "DNS_FAILURE"),
    }
    assert found["recipients"][1]["diagnosis"]["reply"]["enhancedCode"] == "5.1.1"
    assert found["recipients"][1]["bouncedAt"]


async def test_whoever_writes_there_again_is_warned(product: Product, mailservers: MailServers) -> None:
    await mailservers.empty(SALES)
    await agreed(product, mailservers, "POP3")
    first = await sent(product, "k-1", "missing@nowhere.example")
    await product.admin.finished(first["message"]["id"])
    await mailservers.mailbox(SALES, at_least=1)
    await came_back(product, first["message"]["id"])

    again = await sent(product, "k-2", CONTACT, "Missing@nowhere.example")

    assert first["warnings"] == []
    assert again["warnings"] == [{"code": "RECIPIENT_KNOWN_BAD", "path": ["to", "1", "address"]}]
