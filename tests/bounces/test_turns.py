"""Whose mailbox is read when, by servers that do what a test wants."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import trustme

from bounces.letters import delivery_report, group
from bounces.test_taking_in import sent
from letterhead.accounts.secrets import account_purpose, seal
from letterhead.bounces.turns import read_due
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.store import models
from letterhead.store.database import now
from letterhead.vault.secret import Secret
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_to_json
from letterhead_providers import Protocol, Security
from outbox.conftest import AccountMaker, statuses
from wire.conftest import serving_with
from wire.scripted import IMAP, POP3, Served, scripted


@pytest.fixture
def tls(lab_ca: trustme.CA) -> ssl.SSLContext:
    return serving_with(lab_ca.issue_cert("127.0.0.1"))


Reads = Callable[..., Any]


@pytest.fixture
def reads(house: House, new_account: AccountMaker) -> Reads:
    """An account whose mail is read from a server; ``begun``: it was looked into before."""

    async def make(served: Served, protocol: Protocol = Protocol.POP3, **mark: Any) -> models.EmailAccount:
        account = await new_account()
        server = MailServer(
            protocol=protocol,
            host="127.0.0.1",
            port=served.port,
            security=Security.TLS,
            username=account.address,
        )
        account.incoming, account.reads_bounces = server_to_json(server), True
        if mark:
            account.inbox_mark = {"mailbox": f"{protocol} 127.0.0.1 {account.address}", **mark}
        account.secret_sealed = seal(house, Secret("horse"), account_purpose(account, "secret"))
        await account.save()
        return account

    return make


async def look(house: House, account: models.EmailAccount) -> models.EmailAccount:
    """The account after its mailbox was read once more."""
    past = now() - timedelta(seconds=1)
    await models.EmailAccount.filter(id=account.id).update(inbox_due_at=past)
    assert await read_due(house) == 1
    return await models.EmailAccount.get(id=account.id)


def dotted(raw: bytes) -> str:
    return "+OK\r\n" + raw.decode().replace("\n", "\r\n") + "."


async def uids(account: models.EmailAccount) -> list[str]:
    return sorted([row.uid for row in await models.InboxMail.filter(account_id=account.id)])


async def test_the_first_look_only_remembers(house: House, reads: Reads, tls: ssl.SSLContext) -> None:
    async with scripted(POP3, tls=tls) as served:
        account = await look(house, await reads(served))

    assert await uids(account) == ["first", "second"]
    assert account.inbox_mark["begun"] is True
    assert {"TOP", "RETR", "DELE"}.isdisjoint(served.verbs())


async def test_what_is_new_is_read_once_and_what_is_gone_forgotten(
    house: House, anna: Actor, reads: Reads, tls: ssl.SSLContext
) -> None:
    report = dotted(delivery_report(group("zoe@example.org"), message_id="<k-1@example.com>"))
    async with scripted(POP3, tls=tls, UIDL="+OK\r\n1 second\r\n2 third\r\n.", TOP=report) as served:
        account = await reads(served, begun=True)
        message = await sent(house, anna, "zoe@example.org")
        await models.InboxMail.bulk_create(
            models.InboxMail(company_id=account.company_id, account_id=account.id, uid=uid, seen_at=now())
            for uid in ("first", "second")
        )
        await look(house, account)
        await look(house, account)

    assert await statuses(message.id) == ("FAILED", "BOUNCED")
    assert await uids(account) == ["second", "third"]
    assert [line for line in served.heard if line.startswith("TOP")] == ["TOP 2 0", "TOP 2 3000"]


async def test_nothing_is_marked_over_imap(house: House, reads: Reads, tls: ssl.SSLContext) -> None:
    async with scripted(IMAP, tls=tls) as served:
        account = await look(house, await reads(served, Protocol.IMAP))
        account = await look(house, account)

    assert (account.inbox_mark["since"], account.inbox_mark["uidvalidity"]) == (8, 17)
    said = " ".join(served.heard)
    assert not {"SELECT", "STORE", "EXPUNGE"} & set(said.split())


async def test_a_mailbox_of_another_kind_begins_anew(house: House, reads: Reads, tls: ssl.SSLContext) -> None:
    async with scripted(IMAP, tls=tls) as served:
        account = await reads(served, Protocol.IMAP, begun=True, uidvalidity=3, since=100)
        account = await look(house, account)

    assert (account.inbox_mark["since"], account.inbox_mark["uidvalidity"]) == (8, 17)


async def test_a_refused_secret_is_not_shown_again_before_the_settings_change(
    house: House, reads: Reads, tls: ssl.SSLContext
) -> None:
    async with scripted(POP3, tls=tls, PASS="-ERR [AUTH] No") as served:
        account = await look(house, await reads(served))
        account = await look(house, account)
        tries = served.verbs().count("PASS")
        await models.EmailAccount.filter(id=account.id).update(settings_version=2)
        account = await look(house, account)

    assert (tries, served.verbs().count("PASS")) == (1, 2)
    assert (account.status, account.inbox_mark["problem"]["code"]) == ("READY", "WRONG_PASSWORD")


@pytest.mark.parametrize("code", ["IN-USE", "LOGIN-DELAY", "SYS/TEMP"])
async def test_a_busy_mailbox_is_tried_again_later(
    house: House, reads: Reads, tls: ssl.SSLContext, code: str
) -> None:
    async with scripted(POP3, tls=tls, PASS=f"-ERR [{code}] Not now") as served:
        account = await look(house, await reads(served))
        account = await look(house, account)

    assert (account.inbox_mark["failures"], account.inbox_mark["refused"]) == (2, None)
    assert served.verbs().count("PASS") == 2
    assert account.inbox_due_at > now() + timedelta(minutes=8)


async def test_a_mail_that_breaks_the_look_is_passed_over_the_second_time(
    house: House, reads: Reads, tls: ssl.SSLContext
) -> None:
    async with scripted(POP3, tls=tls, TOP="+OK\r\n" + "x" * 9000 + "\r\n.") as served:
        account = await reads(served, begun=True)
        account = await look(house, account)
        stuck = account.inbox_mark["stuck"]
        account = await look(house, account)

    assert (stuck, await uids(account), account.inbox_mark["stuck"]) == ("first", ["first"], None)


async def test_a_mailbox_is_read_by_one_at_a_time_and_only_where_its_owner_agreed(
    house: House, reads: Reads, tls: ssl.SSLContext
) -> None:
    async with scripted(POP3, tls=tls) as served:
        account = await reads(served)
        counts = await asyncio.gather(*(read_due(house) for _ in range(3)))
        await models.EmailAccount.filter(id=account.id).update(reads_bounces=False, inbox_due_at=None)
        afterwards = await read_due(house)

    assert (sorted(counts), afterwards, served.connections) == ([0, 0, 1], 0, 1)
