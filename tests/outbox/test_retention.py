"""What is kept of messages, and for how long; and what is said of those that take long."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from letterhead.errors import Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox import retention
from letterhead.outbox.delays import note_delays
from letterhead.outbox.enqueue import send
from letterhead.outbox.verbs import retry
from letterhead.settings import Settings
from letterhead.signin import retention as sign_ins
from letterhead.store import models
from letterhead.store.database import now
from letterhead.trials import retention as tests
from letterhead.upkeep import OFTEN, SELDOM, do_all
from outbox.conftest import AccountMaker, mail

Finished = Callable[..., Awaitable[UUID]]


def keeping(house: House, **settings: Any) -> House:
    given = {"database_url": house.settings.database_url, **settings}
    return replace(house, settings=Settings(**given))


@pytest.fixture
def finished(house: House, anna: Actor, new_account: AccountMaker) -> Finished:
    """A message to which nothing was to be done any more so many days ago, or that waits still."""

    async def make(days: int | None, status: str = "SENT") -> UUID:
        if not await models.EmailAccount.all().count():
            await new_account()
        message_id = (await send(house, mail(secrets.token_hex(8)), by=anna)).message_id
        ended = None if days is None else now() - timedelta(days=days)
        await models.Message.filter(id=message_id).update(
            finished_at=ended, queued_at=now() - timedelta(days=900), status=status
        )
        await models.DeliveryAttempt.create(
            company_id=anna.company_id, message_id=message_id, at=now(), took_ms=1
        )
        return message_id

    return make


async def test_the_content_goes_first_and_its_facts_stay(house: House, finished: Finished) -> None:
    old, recent, held = await finished(31), await finished(29), await finished(None, "HELD")

    assert [await retention.erase_contents(house) for _ in range(2)] == [1, 0]

    rows = {row.id: row for row in await models.Message.all()}
    assert rows[old].content == b""
    assert rows[old].content_erased_at
    assert all(rows[one].content and rows[one].content_erased_at is None for one in (recent, held))
    assert await models.Recipient.filter(message_id=old).count() == 1


async def test_the_facts_go_when_their_time_is_over_and_the_audit_log_stays(
    house: House, finished: Finished
) -> None:
    await finished(401)
    stays = {await finished(399), await finished(None, "QUEUED"), await finished(None, "HELD")}
    entries = await models.AuditEntry.all().count()

    assert [await retention.delete_messages(house) for _ in range(2)] == [1, 0]

    assert {row.id for row in await models.Message.all()} == stays
    for model in (models.Recipient, models.DeliveryAttempt):
        assert {row.message_id for row in await model.all()} == stays
    assert await models.AuditEntry.all().count() == entries


async def test_whoever_says_never_keeps_everything(house: House, finished: Finished) -> None:
    await finished(5000)
    careful = keeping(house, keep_content_days="never", keep_messages_days="never")
    assert (await retention.erase_contents(careful), await retention.delete_messages(careful)) == (0, 0)


async def test_many_go_in_batches(house: House, finished: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    for _ in range(7):
        await finished(500)
    assert (await retention.erase_contents(house), await retention.delete_messages(house)) == (7, 7)
    monkeypatch.setattr(retention, "MOST_AT_ONCE", 6)
    for _ in range(8):
        await finished(500)
    assert [await retention.delete_messages(house) for _ in range(3)] == [6, 2, 0]


async def test_what_was_erased_is_not_sent_again(house: House, anna: Actor, finished: Finished) -> None:
    message_id = await finished(31, "UNCERTAIN")
    await retention.erase_contents(house)
    with pytest.raises(Refused):
        await retry(house, message_id, by=anna)


async def test_a_delay_is_said_once(house: House, finished: Finished) -> None:
    late, early, waiting = [await finished(None, status) for status in ("DEFERRED", "DEFERRED", "QUEUED")]
    await models.Message.filter(id=early).update(queued_at=now() - timedelta(hours=3))
    heard = house.news.about(late)
    await anext(heard)

    assert [await note_delays(house) for _ in range(2)] == [1, 0]

    await anext(heard)
    await heard.aclose()
    rows = {row.id: row.delayed_since for row in await models.Message.all()}
    assert rows[late]
    assert (rows[early], rows[waiting]) == (None, None)


async def test_what_was_to_be_sent_later_is_late_from_then_on(house: House, finished: Finished) -> None:
    message_id = await finished(None, "DEFERRED")
    await models.Message.filter(id=message_id).update(not_before=now() - timedelta(hours=3))
    assert await note_delays(house) == 0
    assert await note_delays(keeping(house, delay_notice_hours=2)) == 1


async def test_an_accounts_newest_test_and_the_one_it_stands_on_are_kept(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    kept = {await _test(anna, account.id, 100), await _test(anna, account.id, 120)}
    await models.EmailAccount.filter(id=account.id).update(test_id=min(kept))
    stood_on = await _test(anna, account.id, 300)
    await models.EmailAccount.filter(id=account.id).update(test_id=stood_on)
    recent, running = await _test(anna, None, 10), await _test(anna, None, 400, "RUNNING")
    for days in (95, 200):
        await _test(anna, None, days)

    assert [await tests.delete_old() for _ in range(2)] == [3, 0]

    newest = await models.AccountTest.filter(account_id=account.id).order_by("-started_at").first()
    assert newest
    assert {row.id for row in await models.AccountTest.all()} == {newest.id, stood_on, recent, running}


async def _test(anna: Actor, account_id: UUID | None, days: int, status: str = "PASSED") -> UUID:
    at = now() - timedelta(days=days)
    row = await models.AccountTest.create(
        id=uuid7(),
        company_id=anna.company_id,
        caller=anna.key,
        owner_id=anna.employee_id,
        account_id=account_id,
        draft={},
        fingerprint="",
        status=status,
        steps=[],
        proofs={},
        started_at=at,
        deadline_at=at,
    )
    created: UUID = row.id
    return created


async def test_ended_sign_ins_go_and_open_ones_stay(house: House, anna: Actor) -> None:
    for state, days in (("DONE", 31), ("EXPIRED", 29), ("ASKING", 31), ("CANCELLED", 90)):
        await models.SignInFlow.create(
            company_id=anna.company_id,
            caller=anna.key,
            owner_id=anna.employee_id,
            provider_key="custom",
            method_key="password",
            draft={},
            journal_sealed="",
            step={},
            state=state,
            created_at=now() - timedelta(days=days),
            expires_at=now() - timedelta(days=days),
        )
    assert await sign_ins.delete_old() == 2
    assert {row.state for row in await models.SignInFlow.all()} == {"EXPIRED", "ASKING"}


async def test_one_job_that_fails_does_not_stop_the_others(
    house: House, finished: Finished, capsys: pytest.CaptureFixture[str]
) -> None:
    await finished(500)

    async def failing(_: House) -> int:
        raise OSError("the disk is gone")

    await do_all(house, {"a job": failing, **OFTEN, **SELDOM})

    assert await models.Message.all().count() == 0
    logged = capsys.readouterr().out
    assert "upkeep failed" in logged
    assert "the contents of messages were erased" in logged
    assert "messages were deleted" in logged
