"""A worker that lost its lease, and still holds what the server answered."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox import outcome, queue
from letterhead.outbox.attempt import recovered
from letterhead.outbox.deliver import facts_of
from letterhead.outbox.enqueue import send
from letterhead.outbox.ledger import Ledger
from letterhead.outbox.outcome import Attempt, Settlement, Verdict
from letterhead.outbox.queue import Claim, LeaseLost
from letterhead.outbox.rules import DeliveryStatus
from letterhead.outbox.verbs import retry
from letterhead.store import models
from letterhead.store.database import now
from letterhead_providers import ServerReply
from outbox.conftest import AccountMaker, mail, statuses

TO = ("bob@example.org", "carl@example.org")
DOUBT = ("UNCERTAIN", "UNCERTAIN", "UNCERTAIN")


@pytest.fixture
async def lost(house: House, anna: Actor, new_account: AccountMaker) -> Claim:
    """Begun, then taken over by a worker that could but call it uncertain."""
    account = await new_account()
    await send(house, mail(to=TO), by=anna)
    [claim] = await queue.claim(account.id, worker="stopped")
    await Ledger().begin(claim, dated_at=now())
    await run_out()
    [successors] = await queue.claim(account.id, worker="successor")
    await Ledger().settle(successors, recovered(successors, facts_of(successors)))
    return claim


async def run_out() -> None:
    await models.Message.all().update(lease_until=now() - timedelta(hours=1))


def answered(claim: Claim, *said: DeliveryStatus, code: int = 250) -> Settlement:
    facts = facts_of(claim)
    reply = ServerReply(code=code, text="Said")
    verdicts = {one.id: Verdict(status=status) for one, status in zip(claim.addressees, said, strict=True)}
    attempt = Attempt(at=facts.at, took_ms=1, reply=reply)
    return replace(outcome.settle(claim.addressees, verdicts, facts, attempt=attempt), begun=True)


async def kept(message_id: UUID) -> tuple[int, int, list[int | None]]:
    """Attempts and losses as they are counted, and what was answered to each attempt."""
    row = await models.Message.get(id=message_id)
    attempts = await models.DeliveryAttempt.filter(message_id=message_id).order_by("id")
    codes = [one.reply["code"] if one.reply else None for one in attempts]
    return row.attempt_count, row.uncertain_count, codes


async def test_a_late_answer_ends_the_doubt(lost: Claim) -> None:
    assert await statuses(lost.id) == DOUBT
    await Ledger().settle(lost, answered(lost, DeliveryStatus.ACCEPTED, DeliveryStatus.REFUSED))
    assert await statuses(lost.id) == ("PARTLY_SENT", "ACCEPTED", "REFUSED")
    assert await kept(lost.id) == (1, 0, [250])
    row = await models.Message.get(id=lost.id)
    assert (row.next_attempt_at, row.lease_token, row.transmitting) == (None, None, False)
    assert row.finished_at


async def test_a_late_no_lets_it_be_tried_again(lost: Claim) -> None:
    later = answered(lost, DeliveryStatus.DEFERRED, DeliveryStatus.DEFERRED, code=451)
    await Ledger().settle(lost, later)
    assert await statuses(lost.id) == ("DEFERRED", "DEFERRED", "DEFERRED")
    assert await kept(lost.id) == (1, 0, [451])


async def test_a_late_answer_is_no_news_of_another_attempt(lost: Claim) -> None:
    await models.Message.all().update(next_attempt_at=now() - timedelta(hours=1))
    [_] = await queue.claim(lost.account_id, worker="third")
    await refused(lost)
    assert await statuses(lost.id) == ("SENDING", *DOUBT[1:])


async def test_a_late_answer_does_not_undo_what_a_person_did(house: House, anna: Actor, lost: Claim) -> None:
    await retry(house, lost.id, by=anna)
    await refused(lost)
    assert await statuses(lost.id) == ("QUEUED", "QUEUED", "QUEUED")


async def test_a_late_answer_does_not_undo_a_bounce(lost: Claim) -> None:
    await models.Recipient.filter(address=TO[0]).update(status="BOUNCED")
    await refused(lost)
    assert await statuses(lost.id) == ("UNCERTAIN", "BOUNCED", "UNCERTAIN")


@pytest.mark.parametrize("unknown", ["content not begun", "no answer"])
async def test_what_nobody_knows_ends_no_doubt(lost: Claim, unknown: str) -> None:
    said = answered(lost, DeliveryStatus.DEFERRED, DeliveryStatus.DEFERRED)
    assert said.attempt
    silent = replace(said, attempt=replace(said.attempt, reply=None))
    with pytest.raises(LeaseLost):
        await Ledger().settle(lost, silent if unknown == "no answer" else replace(said, begun=False))
    assert await statuses(lost.id) == DOUBT
    assert await kept(lost.id) == (1, 1, [None])


async def refused(lost: Claim) -> None:
    with pytest.raises(LeaseLost):
        await Ledger().settle(lost, answered(lost, DeliveryStatus.ACCEPTED, DeliveryStatus.ACCEPTED))
