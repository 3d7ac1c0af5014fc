import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from lab.sinks import Session, Sink
from letterhead.accounts.secrets import account_purpose, seal
from letterhead.diagnosis.failure import Failure
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox import queue, writing
from letterhead.outbox.enqueue import send
from letterhead.outbox.fairness import Places
from letterhead.outbox.worker import run_worker
from letterhead.outbox.writing import Entry, Settled
from letterhead.senders.rules import SenderContext
from letterhead.store import models
from letterhead.store.database import now
from letterhead.vault.secret import Secret
from letterhead_providers import Diagnosis
from outbox.conftest import AccountMaker, deliver_until, mail, statuses, until, working

SinkMaker = Callable[..., AbstractAsyncContextManager[Sink]]


async def test_a_message_whose_account_was_deleted_is_held(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    sent = await send(house, mail(), by=anna)
    await account.delete()
    await deliver_until(house, sent.message_id, "HELD", "QUEUED")
    row = await models.Message.get(id=sent.message_id)
    assert (row.held_because["title"], row.next_attempt_at) == ("Its address was deleted", None)
    assert "MESSAGE_HELD" in {entry.action for entry in await models.AuditEntry.all()}


@pytest.mark.parametrize(
    "change",
    [
        {"status": "DISABLED"},
        {"scope_mode": "SELECTED"},
        {"address": "other@example.com", "address_key": "other@example.com"},
    ],
)
async def test_a_message_that_may_not_leave_any_more_is_held(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, change: dict[str, str]
) -> None:
    async with sink() as server:
        account = await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await models.EmailAccount.filter(id=account.id).update(**change)
        await deliver_until(house, sent.message_id, "HELD", "QUEUED")
    assert server.sessions == []


async def test_a_removed_authors_message_is_held(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    sent = await send(house, mail(), by=anna)
    await models.Employee.filter(id=anna.employee_id).update(removed_at=now())
    await deliver_until(house, sent.message_id, "HELD", "QUEUED")


async def test_a_message_is_given_up_when_its_time_is_over(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await models.Message.filter(id=sent.message_id).update(expires_at=now() - timedelta(seconds=1))
        await deliver_until(house, sent.message_id, "EXPIRED", "EXPIRED")
    assert server.sessions == []


async def test_a_waiting_message_is_given_up_when_its_time_is_over(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account(status="PAUSED")
    sent = await send(house, mail(expires_at=now() + timedelta(seconds=0.3)), by=anna)
    await deliver_until(house, sent.message_id, "EXPIRED", "EXPIRED")
    assert (await models.Message.get(id=sent.message_id)).waiting_for is None


async def test_a_poison_message_is_set_aside_and_the_others_go_on(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.outbox.turn.FIRST_PAUSE_SECONDS", 0)
    async with sink() as server:
        await new_account(server.port)
        poison = await send(house, mail("poison"), by=anna)
        await models.Recipient.filter(message_id=poison.message_id).update(address="never checked")
        good = await send(house, mail("good"), by=anna)
        async with working(house):
            await until(poison.message_id, "FAILED", "REFUSED")
            await until(good.message_id, "SENT", "ACCEPTED")
    (refused,) = await models.Recipient.filter(message_id=poison.message_id)
    assert refused.diagnosis["title"] == "Letterhead failed to send it"


async def test_a_fault_is_logged_without_what_the_mail_is_about(
    house: House,
    anna: Actor,
    new_account: AccountMaker,
    sink: SinkMaker,
    *,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("letterhead.outbox.turn.FIRST_PAUSE_SECONDS", 0)
    async with sink() as server:
        await new_account(server.port)
        sent = await send(house, mail(subject="Canary in the subject", text="Canary in the text"), by=anna)
        await models.Recipient.all().update(address="canary without an at sign")
        await deliver_until(house, sent.message_id, "FAILED", "REFUSED")
    logged = capsys.readouterr().out
    assert "a message met a fault" in logged
    assert "anary" not in logged
    assert "correct horse" not in logged


async def test_stopping_finishes_the_message_in_hand(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    stop = asyncio.Event()

    def stop_now(session: Session) -> str:
        stop.set()
        return "250 2.0.0 Ok"

    async with sink(**{".": stop_now}) as server:
        await new_account(server.port)
        first = await send(house, mail("k-1"), by=anna)
        second = await send(house, mail("k-2"), by=anna)
        await run_worker(house, stop=stop, name="worker")
        assert len(server.messages) == 1
    assert await statuses(first.message_id) == ("SENT", "ACCEPTED")
    assert await statuses(second.message_id) == ("QUEUED", "QUEUED")


async def test_a_long_queue_of_one_account_lets_others_have_their_turn(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.outbox.worker.PLACES", Places(all=1, account=1, host=1, batch=20))
    monkeypatch.setattr("letterhead.outbox.turn.TURN", 2)
    async with sink() as server:
        busy = await new_account(server.port)
        quiet = await new_account(server.port, address="quiet@example.com", position=1)
        sent = [await send(house, mail(f"k-{n}", context=chosen(busy)), by=anna) for n in range(4)]
        sent.append(await send(house, mail("k-4", context=chosen(quiet)), by=anna))
        async with working(house):
            for one in sent:
                await until(one.message_id, "SENT", "ACCEPTED")
        senders = [command[11:15] for command in server.commands if command.startswith("MAIL")]
    assert senders == ["anna", "anna", "quie", "anna", "anna"]


def chosen(account: models.EmailAccount) -> SenderContext:
    return SenderContext(account_id=account.id)


async def test_a_worker_outlives_a_database_that_is_away_for_a_moment(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([OSError("gone"), OSError("gone")])
    due_accounts = queue.due_accounts

    async def flaky(*args: Any, **kwargs: Any) -> Any:
        if failure := next(failures, None):
            raise failure
        return await due_accounts(*args, **kwargs)

    monkeypatch.setattr("letterhead.outbox.queue.due_accounts", flaky)
    monkeypatch.setattr("letterhead.outbox.worker.OTHERS_FIRST_SECONDS", 0.01)
    async with sink() as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "SENT", "ACCEPTED")


async def test_a_verdict_is_written_down_although_the_database_is_away_for_a_moment(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.outbox.ledger.PAUSE_SECONDS", 0.01)
    write, failures = writing.write, iter([OSError("gone")])

    async def flaky(entries: Sequence[Entry]) -> frozenset[UUID]:
        if isinstance(entries[0], Settled) and (failure := next(failures, None)):
            raise failure
        return await write(entries)

    monkeypatch.setattr("letterhead.outbox.writing.write", flaky)
    async with sink() as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "SENT", "ACCEPTED")
        assert len(server.messages) == 1


async def test_what_was_found_about_old_settings_does_not_pause_the_new_ones(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sink() as good, sink(AUTH="535 5.7.8 Bad password") as bad:
        account = await new_account(bad.port)
        sent = await send(house, mail(), by=anna)
        explain = house.explainer.explain

        async def explain_while_the_settings_change(failure: Failure) -> Diagnosis:
            account.smtp["port"], account.settings_version = good.port, 2
            account.secret_sealed = seal(house, Secret("better"), account_purpose(account, "secret"))
            await account.save()
            return await explain(failure)

        monkeypatch.setattr(house.explainer, "explain", explain_while_the_settings_change)
        await deliver_until(house, sent.message_id, "SENT", "ACCEPTED")
    assert (await models.EmailAccount.get()).status == "READY"
