from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from letterhead.errors import Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.outbox import queue
from letterhead.outbox.enqueue import send
from letterhead.outbox.verbs import cancel, retry
from letterhead.outbox.waking import wake_account
from letterhead.store import models
from letterhead.store.database import now
from outbox.conftest import AccountMaker, deliver_until, mail, statuses

Verb = Callable[..., Awaitable[None]]


@pytest.fixture
async def queued(house: House, anna: Actor, new_account: AccountMaker) -> UUID:
    await new_account()
    return (await send(house, mail(to=("bob@example.org", "carl@example.org")), by=anna)).message_id


async def set_state(message_id: UUID, message: str, *recipients: str) -> None:
    await models.Message.filter(id=message_id).update(status=message)
    for position, status in enumerate(recipients):
        await models.Recipient.filter(message_id=message_id, position=position).update(status=status)


async def refusal(verb: Verb, house: House, message_id: UUID, by: Actor) -> str:
    with pytest.raises(Refused) as refused:
        await verb(house, message_id, by=by)
    (problem,) = refused.value.problems
    assert problem.path == ("messageId",)
    return problem.code.value


async def test_a_queued_message_is_cancelled(house: House, anna: Actor, queued: UUID) -> None:
    await cancel(house, queued, by=anna)
    assert await statuses(queued) == ("CANCELLED", "CANCELLED", "CANCELLED")
    assert await queue.due_accounts(besides=()) == []
    assert "MESSAGE_CANCELLED" in {entry.action for entry in await models.AuditEntry.all()}


async def test_what_has_gone_out_already_stays_so(house: House, anna: Actor, queued: UUID) -> None:
    await set_state(queued, "DEFERRED", "ACCEPTED", "DEFERRED")
    await cancel(house, queued, by=anna)
    assert await statuses(queued) == ("PARTLY_SENT", "ACCEPTED", "CANCELLED")


async def test_a_held_message_is_cancelled(house: House, anna: Actor, queued: UUID) -> None:
    await set_state(queued, "HELD")
    await cancel(house, queued, by=anna)
    assert (await statuses(queued))[0] == "CANCELLED"


@pytest.mark.parametrize("verb", [cancel, retry])
async def test_a_message_in_hand_is_left_alone(house: House, anna: Actor, queued: UUID, verb: Verb) -> None:
    account = await models.EmailAccount.get()
    [claim] = await queue.claim(account.id, worker="worker")
    assert await refusal(verb, house, queued, anna) == "NOT_POSSIBLE_NOW"
    assert await queue.keep([claim])


@pytest.mark.parametrize("state", ["SENT", "PARTLY_SENT", "FAILED", "CANCELLED", "EXPIRED"])
@pytest.mark.parametrize("verb", [cancel, retry])
async def test_a_finished_message_stays_so(
    house: House, anna: Actor, queued: UUID, verb: Verb, state: str
) -> None:
    await set_state(queued, state)
    assert await refusal(verb, house, queued, anna) == "NOT_POSSIBLE_NOW"
    assert (await statuses(queued))[0] == state


async def test_a_deferred_message_is_tried_now(house: House, anna: Actor, queued: UUID) -> None:
    await set_state(queued, "DEFERRED", "DEFERRED", "REFUSED")
    await models.Message.filter(id=queued).update(next_attempt_at=now() + timedelta(hours=4))
    await retry(house, queued, by=anna)
    assert await statuses(queued) == ("DEFERRED", "DEFERRED", "REFUSED")
    assert len(await queue.due_accounts(besides=())) == 1


async def test_an_uncertain_message_is_sent_again_when_a_person_says_so(
    house: House, anna: Actor, queued: UUID
) -> None:
    await set_state(queued, "UNCERTAIN", "ACCEPTED", "UNCERTAIN")
    await models.Message.filter(id=queued).update(next_attempt_at=None, finished_at=now(), uncertain_count=2)
    await retry(house, queued, by=anna)
    assert await statuses(queued) == ("QUEUED", "ACCEPTED", "QUEUED")
    assert len(await queue.due_accounts(besides=())) == 1


async def test_a_held_message_is_looked_at_again(house: House, anna: Actor, queued: UUID) -> None:
    await models.EmailAccount.all().update(status="DISABLED")
    await deliver_until(house, queued, "HELD", "QUEUED", "QUEUED")
    await retry(house, queued, by=anna)
    assert await statuses(queued) == ("QUEUED", "QUEUED", "QUEUED")
    await deliver_until(house, queued, "HELD", "QUEUED", "QUEUED")


async def test_who_may_have_a_held_message_is_not_written_to_again(
    house: House, anna: Actor, queued: UUID
) -> None:
    await set_state(queued, "HELD", "UNCERTAIN", "QUEUED")
    await retry(house, queued, by=anna)
    assert await statuses(queued) == ("QUEUED", "UNCERTAIN", "QUEUED")


async def test_what_is_over_its_time_is_not_tried_again(house: House, anna: Actor, queued: UUID) -> None:
    await set_state(queued, "UNCERTAIN", "UNCERTAIN", "UNCERTAIN")
    await models.Message.filter(id=queued).update(expires_at=now())
    assert await refusal(retry, house, queued, anna) == "NOT_POSSIBLE_NOW"


@pytest.mark.parametrize("verb", [cancel, retry])
async def test_a_message_is_its_authors_and_the_administrators(
    house: House, anna: Actor, queued: UUID, verb: Verb
) -> None:
    await set_state(queued, "DEFERRED", "DEFERRED", "DEFERRED")
    stranger = replace(anna, employee_id=uuid4(), key="employee:other", permissions=frozenset())
    reader = replace(stranger, permissions=frozenset({Permission.READ_MESSAGES}))
    manager = replace(stranger, permissions=frozenset({Permission.MANAGE_COMPANY_ACCOUNTS}))
    administrator = replace(stranger, permissions=reader.permissions | manager.permissions)
    elsewhere = replace(administrator, company_id=uuid4())
    assert await refusal(verb, house, queued, stranger) == "NOT_FOUND"
    assert await refusal(verb, house, queued, manager) == "NOT_FOUND"
    assert await refusal(verb, house, queued, elsewhere) == "NOT_FOUND"
    assert await refusal(verb, house, queued, reader) == "NOT_PERMITTED"
    await verb(house, queued, by=administrator)


async def test_waking_respects_the_time_a_message_was_written_for(
    house: House, anna: Actor, queued: UUID
) -> None:
    later = now() + timedelta(hours=3)
    await models.Message.filter(id=queued).update(waiting_for={"code": "UNKNOWN"}, not_before=later)
    await wake_account(house, (await models.EmailAccount.get()).id)
    row = await models.Message.get(id=queued)
    assert (row.waiting_for, row.next_attempt_at) == (None, later)


async def test_a_waiting_message_is_held_when_its_account_is_switched_off(
    house: House, anna: Actor, queued: UUID
) -> None:
    await models.Message.filter(id=queued).update(
        waiting_for={"code": "UNKNOWN"}, next_attempt_at=now() + timedelta(days=5)
    )
    await models.EmailAccount.all().update(status="DISABLED")
    await wake_account(house, (await models.EmailAccount.get()).id)
    await deliver_until(house, queued, "HELD", "QUEUED", "QUEUED")
