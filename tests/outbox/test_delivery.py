import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from email import message_from_bytes

import pytest

from lab.sinks import Answer, Rudeness, Session, Sink
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox.compose import RecipientInput
from letterhead.outbox.enqueue import send
from letterhead.outbox.waking import wake_account
from letterhead.outbox.worker import run_worker
from letterhead.store import models
from letterhead.store.database import now
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_to_json
from letterhead_providers import Protocol, Security
from outbox.conftest import AccountMaker, deliver_until, eventually, mail, make_due, statuses, until, working

SinkMaker = Callable[..., AbstractAsyncContextManager[Sink]]


def in_turn(*answers: Answer) -> Callable[[Session], Answer]:
    """One after the other, the last one for good."""
    left: Iterator[Answer] = iter(answers)
    return lambda _: next(left, answers[-1])


def unless(word: str, answer: Answer) -> Callable[[Session], Answer]:
    return lambda session: answer if word in session.commands[-1] else "250 2.1.5 Ok"


async def account_status() -> str:
    return (await models.EmailAccount.get()).status


async def test_a_message_found_in_the_table_is_delivered(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        await new_account(server.port)
        copies = (RecipientInput(address="dora@example.org"),)
        sent = await send(house, mail(bcc=copies), by=anna)
        await deliver_until(house, sent.message_id, "SENT", "ACCEPTED", "ACCEPTED")
    row = await models.Message.get(id=sent.message_id)
    (content,) = server.messages
    assert message_from_bytes(content)["Date"]
    assert content.endswith(row.content)
    assert b"dora" not in content
    assert [c for c in server.commands if c.startswith(("MAIL", "RCPT"))] == [
        "MAIL FROM:<anna@example.com>",
        "RCPT TO:<bob@example.org>",
        "RCPT TO:<dora@example.org>",
    ]
    assert (row.attempt_count, row.next_attempt_at, row.lease_token) == (1, None, None)
    assert row.finished_at is not None
    assert [attempt.reply["text"] for attempt in await models.DeliveryAttempt.all()] == ["Ok: taken"]


async def test_one_connection_serves_all_messages_of_an_account(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        await new_account(server.port)
        sent = [await send(house, mail(f"k-{n}"), by=anna) for n in range(5)]
        async with working(house):
            for one in sent:
                await until(one.message_id, "SENT", "ACCEPTED")
        assert (len(server.sessions), len(server.messages), server.count("AUTH")) == (1, 5, 1)


async def test_two_workers_send_each_message_once(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        await new_account(server.port)
        sent = [await send(house, mail(f"k-{n}"), by=anna) for n in range(20)]
        async with working(house, "one"), working(house, "two"):
            for one in sent:
                await until(one.message_id, "SENT", "ACCEPTED")
        ids = [message_from_bytes(content)["Message-ID"] for content in server.messages]
        assert len(ids) == len(set(ids)) == 20


async def test_a_connection_the_server_closed_meanwhile_is_replaced(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    greet = in_turn("250 2.1.0 Ok", "421 4.7.0 Enough for one connection", "250 2.1.0 Ok")
    async with sink(MAIL=greet) as server:
        await new_account(server.port)
        sent = [await send(house, mail(f"k-{n}"), by=anna) for n in range(2)]
        async with working(house):
            for one in sent:
                await until(one.message_id, "SENT", "ACCEPTED")
        assert (len(server.sessions), len(server.messages)) == (2, 2)
    assert await models.DeliveryAttempt.all().count() == 2


async def test_half_of_the_recipients_refused(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(RCPT=unless("gone", "550 5.1.1 No such user here")) as server:
        await new_account(server.port)
        sent = await send(house, mail(to=("bob@example.org", "gone@example.org")), by=anna)
        await deliver_until(house, sent.message_id, "PARTLY_SENT", "ACCEPTED", "REFUSED")
    refused = await models.Recipient.get(address="gone@example.org")
    assert refused.diagnosis["code"] == "RECIPIENT_UNKNOWN"
    assert refused.diagnosis["reply"]["text"] == "No such user here"
    assert len(server.messages) == 1


async def test_later_please_then_yes(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(RCPT=in_turn("451 4.7.1 Greylisted, try again later", "250 2.1.5 Ok")) as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "DEFERRED", "DEFERRED")
        row = await models.Message.get(id=sent.message_id)
        assert timedelta(seconds=40) < row.next_attempt_at - now() < timedelta(seconds=75)
        await make_due(sent.message_id)
        await deliver_until(house, sent.message_id, "SENT", "ACCEPTED")
    assert len(server.messages) == 1
    assert await models.DeliveryAttempt.all().count() == 2


async def test_only_the_deferred_recipient_is_tried_again(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(RCPT=unless("slow", "452 4.2.2 Mailbox full")) as server:
        await new_account(server.port)
        sent = await send(house, mail(to=("bob@example.org", "slow@example.org")), by=anna)
        await deliver_until(house, sent.message_id, "DEFERRED", "ACCEPTED", "DEFERRED")
        await make_due(sent.message_id)
        async with working(house):
            await eventually(models.DeliveryAttempt.all().count, 2)
    assert [c for c in server.commands if c.startswith("RCPT")][2:] == ["RCPT TO:<slow@example.org>"]


@pytest.mark.parametrize(
    ("stage", "reply"),
    [("MAIL", "550 5.7.1 Not from this address"), ("DATA", "554 5.6.0 No"), (".", "554 5.7.1 Spam")],
)
async def test_a_final_no_is_final(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, *, stage: str, reply: str
) -> None:
    async with sink(**{stage: reply}) as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "FAILED", "REFUSED")
    assert (await models.EmailAccount.get()).status == "READY"
    assert (await models.Message.get(id=sent.message_id)).next_attempt_at is None


async def test_a_server_that_is_away_defers(house: House, anna: Actor, new_account: AccountMaker) -> None:
    await new_account(port=9)
    sent = await send(house, mail(), by=anna)
    await deliver_until(house, sent.message_id, "DEFERRED", "DEFERRED")
    assert (await models.EmailAccount.get()).status == "READY"
    assert (await models.Recipient.get()).diagnosis["code"] == "CONNECTION_REFUSED"


async def test_a_server_that_is_away_is_not_asked_again_for_each_message(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(greeting="421 4.3.2 Not now") as server:
        await new_account(server.port)
        sent = [await send(house, mail(f"k-{n}"), by=anna) for n in range(5)]
        async with working(house):
            await until(sent[0].message_id, "DEFERRED", "DEFERRED")
            await asyncio.sleep(0.1)
        assert len(server.sessions) == 1


async def test_a_refused_sign_in_pauses_the_account_and_its_messages_wait(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(AUTH=in_turn("535 5.7.8 Bad password", "235 2.7.0 Welcome")) as server:
        account = await new_account(server.port)
        sent = [await send(house, mail(f"k-{n}"), by=anna) for n in range(3)]
        async with working(house):
            await eventually(account_status, "PAUSED")
            await asyncio.sleep(0.1)
        assert server.count("AUTH") == 1
        rows = await models.Message.all()
        assert {(row.status, row.waiting_for["code"]) for row in rows} == {("QUEUED", "WRONG_PASSWORD")}
        assert {row.next_attempt_at for row in rows} == {row.expires_at for row in rows}
        assert "STATUS_CHANGED" in {entry.action for entry in await models.AuditEntry.all()}

        await models.EmailAccount.filter(id=account.id).update(status="READY", problem=None)
        await wake_account(house, account.id)
        async with working(house):
            for one in sent:
                await until(one.message_id, "SENT", "ACCEPTED")
    assert len(server.messages) == 3


async def test_a_message_of_a_paused_account_waits_and_tries_nothing(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        await new_account(server.port, status="PAUSED")
        sent = await send(house, mail(), by=anna)
        async with working(house):
            await eventually(models.Message.filter(waiting_for__isnull=False).count, 1)
    assert await statuses(sent.message_id) == ("QUEUED", "QUEUED")
    assert server.sessions == []


async def test_a_sign_in_that_passes_by_itself_only_defers(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(AUTH="454 4.7.0 Temporary authentication failure") as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "DEFERRED", "DEFERRED")
    assert (await models.EmailAccount.get()).status == "READY"


async def test_a_secret_for_another_server_is_not_sent(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        account = await new_account()
        moved = MailServer(
            protocol=Protocol.SMTP,
            host="127.0.0.1",
            port=server.port,
            security=Security.STARTTLS,
            username=account.address,
        )
        await models.EmailAccount.filter(id=account.id).update(smtp=server_to_json(moved))
        await send(house, mail(), by=anna)
        async with working(house):
            await eventually(models.Message.filter(waiting_for__isnull=False).count, 1)
    assert (await models.EmailAccount.get()).status == "NEEDS_CREDENTIAL"
    assert server.sessions == []


async def test_lost_after_the_dot_is_repeated_once_with_the_same_bytes(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(**{".": in_turn(Rudeness.HANG_UP, "250 2.0.0 Ok")}) as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "UNCERTAIN", "UNCERTAIN")
        assert (await models.Recipient.get()).diagnosis["title"] == "It may have been delivered"
        await make_due(sent.message_id)
        await deliver_until(house, sent.message_id, "SENT", "ACCEPTED")
    first, second = server.messages
    assert first == second


async def test_lost_twice_stays_uncertain(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(**{".": Rudeness.HANG_UP}) as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "UNCERTAIN", "UNCERTAIN")
        await make_due(sent.message_id)
        async with working(house):
            await eventually(models.Message.filter(uncertain_count=2).count, 1)
    row = await models.Message.get(id=sent.message_id)
    assert (row.status, row.next_attempt_at, len(server.messages)) == ("UNCERTAIN", None, 2)


async def test_lost_after_the_dot_is_held_where_the_company_wants_it(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    await models.Company.all().update(when_uncertain="HOLD")
    async with sink(**{".": Rudeness.HANG_UP}) as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "UNCERTAIN", "UNCERTAIN")
    assert (await models.Message.get(id=sent.message_id)).next_attempt_at is None


async def test_lost_before_the_dot_is_an_ordinary_retry(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(DATA=Rudeness.HANG_UP) as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "DEFERRED", "DEFERRED")
    row = await models.Message.get(id=sent.message_id)
    assert (row.transmitting, row.uncertain_count) == (False, 0)


@pytest.mark.parametrize(("policy", "comes_again"), [("RETRY_ONCE", True), ("HOLD", False)])
async def test_a_worker_killed_while_transmitting_leaves_an_uncertain_message(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, *, policy: str, comes_again: bool
) -> None:
    await models.Company.all().update(when_uncertain=policy)
    async with sink() as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await models.Message.filter(id=sent.message_id).update(
            status="SENDING",
            transmitting=True,
            lease_owner="killed",
            lease_token=sent.message_id,
            lease_until=now() - timedelta(seconds=1),
        )
        await deliver_until(house, sent.message_id, "UNCERTAIN", "UNCERTAIN")
        row = await models.Message.get(id=sent.message_id)
    assert (row.next_attempt_at is not None, row.transmitting, server.sessions) == (comes_again, False, [])


async def test_transmitting_is_written_down_before_the_content_is_sent(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(**{".": Rudeness.SILENCE}) as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        worker = asyncio.create_task(run_worker(house, stop=asyncio.Event(), name="worker"))
        await eventually(models.Message.filter(transmitting=True).count, 1)
        row = await models.Message.get(id=sent.message_id)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    assert (row.status, row.transmitting, row.dated_at is not None) == ("SENDING", True, True)


async def test_after_a_change_one_message_tries_before_the_others(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(AUTH="535 5.7.8 Bad password") as server:
        account = await new_account(server.port)
        for number in range(60):
            await send(house, mail(f"k-{number}"), by=anna)
        async with working(house, "one"), working(house, "two"):
            await eventually(models.Message.filter(waiting_for__isnull=False).count, 60)
        assert server.count("AUTH") <= 2  # two workers may find it out at the same moment
        before = server.count("AUTH")
        async with working(house, "one"), working(house, "two"):
            await models.EmailAccount.filter(id=account.id).update(status="READY", problem=None)
            await wake_account(house, account.id)
            await eventually(account_status, "PAUSED")
            await eventually(models.Message.filter(lease_token__isnull=False).count, 0)
        assert server.count("AUTH") == before + 1


async def test_a_refusal_after_a_hundred_good_ones_loses_none(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    says = in_turn(*["250 2.0.0 Ok"] * 12, "421 4.7.0 Enough for one connection")
    welcome = in_turn("235 2.7.0 Welcome", "535 5.7.8 Bad password")
    async with sink(MAIL=says, AUTH=welcome) as server:
        await new_account(server.port)
        for number in range(18):
            await send(house, mail(f"k-{number}"), by=anna)
        async with working(house):
            await eventually(account_status, "PAUSED")
            await eventually(models.Message.filter(waiting_for__isnull=False).count, 6)
    assert (len(server.messages), server.count("AUTH")) == (12, 2)
    assert await models.Message.filter(status="SENT").count() == 12


async def test_recipients_refused_before_a_loss_are_refused_and_not_uncertain(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(RCPT=unless("gone", "550 5.1.1 No such user"), **{".": Rudeness.HANG_UP}) as server:
        await new_account(server.port)
        sent = await send(house, mail(to=("bob@example.org", "gone@example.org")), by=anna)
        await deliver_until(house, sent.message_id, "UNCERTAIN", "UNCERTAIN", "REFUSED")
    assert (await models.Recipient.get(address="gone@example.org")).diagnosis["code"] == "RECIPIENT_UNKNOWN"


@pytest.mark.parametrize("phase", ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."])
async def test_a_server_that_closes_at_any_time_is_asked_again_later(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, phase: str
) -> None:
    async with sink(**{phase: "421 4.3.2 Shutting down"}) as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "DEFERRED", "DEFERRED")
    assert (await models.Message.get(id=sent.message_id)).uncertain_count == 0


@pytest.mark.parametrize("phase", ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"])
async def test_a_loss_at_any_time_before_the_dot_is_an_ordinary_retry(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, phase: str
) -> None:
    async with sink(**{phase: Rudeness.HANG_UP}) as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "DEFERRED", "DEFERRED")
    assert (await models.Message.get(id=sent.message_id)).transmitting is False
    assert server.messages == []


async def test_a_message_too_large_for_the_server_fails_without_being_sent(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(EHLO="250-sink\n250-SIZE 10\n250-STARTTLS\n250 AUTH PLAIN") as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "FAILED", "REFUSED")
    assert (await models.Recipient.get()).diagnosis["code"] == "MESSAGE_TOO_LARGE"
    assert server.count("MAIL") == 0


async def test_a_connection_is_kept_for_the_next_message(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        await new_account(server.port)
        async with working(house):
            for number in range(3):
                sent = await send(house, mail(f"k-{number}"), by=anna)
                await until(sent.message_id, "SENT", "ACCEPTED")
        assert (len(server.sessions), server.count("QUIT")) == (1, 1)


async def test_a_long_queue_gets_two_connections_and_no_more(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        await new_account(server.port)
        for number in range(70):
            await send(house, mail(f"k-{number}"), by=anna)
        async with working(house):
            await eventually(models.Message.filter(status="SENT").count, 70)
        assert (len(server.sessions), len(server.messages)) == (2, 70)


async def test_a_host_that_is_down_is_not_asked_for_each_account(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink(greeting="421 4.3.2 Not now") as server, sink() as well:
        await server_of_many(house, anna, new_account, server.port)
        good = await new_account(well.port, address="good@example.com", position=50)
        sent = await send(house, mail("good"), by=anna)
        await models.Message.filter(id=sent.message_id).update(account_id=good.id, from_address=good.address)
        smtp = good.smtp | {"host": "localhost"}
        await models.EmailAccount.filter(id=good.id).update(credential_kind="NONE", smtp=smtp)
        async with working(house):
            await eventually(models.Message.filter(status="DEFERRED").count, 10)
            await until(sent.message_id, "SENT", "ACCEPTED")
        assert len(server.sessions) == 10  # as many as may be connected to one host at once


async def server_of_many(house: House, anna: Actor, new_account: AccountMaker, port: int) -> None:
    """Thirty accounts at one server, each with a message."""
    for number in range(30):
        account = await new_account(port, address=f"a{number}@example.com", position=number)
        sent = await send(house, mail(f"k-{number}"), by=anna)
        await models.Message.filter(id=sent.message_id).update(
            account_id=account.id, from_address=account.address
        )
