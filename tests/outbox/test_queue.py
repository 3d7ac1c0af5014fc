import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox import queue
from letterhead.outbox.enqueue import send
from letterhead.outbox.holding import in_hand
from letterhead.outbox.outcome import Settlement
from letterhead.outbox.queue import Claim
from letterhead.outbox.rules import MessageStatus
from letterhead.outbox.writing import Begun, Settled, write
from letterhead.store import models
from letterhead.store.database import now
from outbox.conftest import AccountMaker, mail, statuses

DONE = Settlement(status=MessageStatus.SENT, losses=0)


async def let_lapse(claim: Claim) -> None:
    await models.Message.filter(id=claim.id).update(lease_until=now() - timedelta(seconds=1))


async def test_many_workers_never_claim_the_same_message(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    sent = {(await send(house, mail(f"k-{n}"), by=anna)).message_id for n in range(30)}

    async def work(worker: str) -> list[Claim]:
        claimed = []
        while claims := await queue.claim(account.id, worker=worker, most=3):
            claimed += claims
        return claimed

    hands = await asyncio.gather(*(work(f"worker {n}") for n in range(4)))
    claimed = [claim.id for hand in hands for claim in hand]
    assert len(claimed) == 30
    assert set(claimed) == sent


async def test_accounts_with_due_messages_are_named_the_longest_waiting_first(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    first, second = await new_account(), await new_account(address="other@example.com", position=1)
    message = await send(house, mail("k-1"), by=anna)
    older = await send(house, mail("k-2"), by=anna)
    await send(house, mail("k-3", not_before=now() + timedelta(hours=1)), by=anna)
    await models.Message.filter(id=older.message_id).update(
        account_id=second.id, next_attempt_at=now() - timedelta(hours=1)
    )
    assert await named() == [second.id, first.id]
    assert await named(second.id, None) == [first.id]
    await models.Message.filter(id=message.message_id).update(account_id=None)
    assert await named(second.id) == [None]
    assert await named(second.id, None) == []


async def named(*besides: UUID | None) -> list[UUID | None]:
    """The same however deep one looks."""
    named, deep = [await queue.due_accounts(besides=besides, deep=deep) for deep in (False, True)]
    assert named == deep
    return [due.account_id for due in named]


async def test_a_lapsed_lease_lets_another_worker_in_and_the_first_one_out(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    await send(house, mail(), by=anna)
    [slow] = await queue.claim(account.id, worker="slow")
    assert await queue.claim(account.id, worker="quick") == []
    await let_lapse(slow)
    [quick] = await queue.claim(account.id, worker="quick")
    assert quick.id == slow.id
    assert not await queue.keep([slow])
    assert await write([Begun(claim=slow, dated_at=now())]) == {slow.id}
    assert await write([Settled(claim=slow, settlement=DONE)]) == {slow.id}
    await queue.release([slow])
    assert (await statuses(slow.id))[0] == "SENDING"
    assert await write([Settled(claim=quick, settlement=DONE)]) == frozenset()
    assert (await statuses(slow.id))[0] == "SENT"


async def test_a_kept_lease_stays(house: House, anna: Actor, new_account: AccountMaker) -> None:
    account = await new_account()
    await send(house, mail(), by=anna)
    [claim] = await queue.claim(account.id, worker="worker")
    await let_lapse(claim)
    assert await queue.keep([claim]) == {claim.id}
    assert await queue.claim(account.id, worker="other") == []


async def test_work_ends_when_its_lease_is_lost(
    house: House, anna: Actor, new_account: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.outbox.holding.BEAT_SECONDS", 0.01)
    account = await new_account()
    await send(house, mail(), by=anna)
    [claim] = await queue.claim(account.id, worker="worker")
    await let_lapse(claim)
    await queue.claim(account.id, worker="other")
    with pytest.raises(TimeoutError):
        async with in_hand([claim]) as hand, hand.working_on(claim):
            await asyncio.sleep(60)


async def test_work_without_news_of_its_lease_ends_before_it(
    house: House, anna: Actor, new_account: AccountMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.outbox.holding.HOLD_SECONDS", 0.02)
    account = await new_account()
    await send(house, mail(), by=anna)
    [claim] = await queue.claim(account.id, worker="worker")
    with pytest.raises(TimeoutError):
        async with in_hand([claim]) as hand, hand.working_on(claim):
            await asyncio.sleep(60)
