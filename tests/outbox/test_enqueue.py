import asyncio
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from uuid import uuid4

import pytest

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.outbox.compose import RecipientInput, SendMessage
from letterhead.outbox.enqueue import Sent, send
from letterhead.senders.rules import SenderContext
from letterhead.store import models
from letterhead.store.database import now
from letterhead_providers import Limits
from outbox.conftest import AccountMaker, mail, statuses
from providers.made import a_plugin, a_provider


async def refusal(house: House, command: SendMessage, by: Actor) -> tuple[ProblemCode, tuple[str, ...]]:
    with pytest.raises(Refused) as refused:
        await send(house, command, by=by)
    problem: Problem = refused.value.problems[0]
    return problem.code, problem.path


def service(anna: Actor, *permissions: Permission) -> Actor:
    return Actor(company_id=anna.company_id, key="token:1", name="CRM", permissions=frozenset(permissions))


async def test_a_message_is_written_down_whole(house: House, anna: Actor, new_account: AccountMaker) -> None:
    account = await new_account(reply_to="team@example.com")
    copies = (RecipientInput(address="dora@example.org"),)
    sent = await send(house, mail(bcc=copies), by=anna)
    row = await models.Message.get(id=sent.message_id)
    content = message_from_bytes(row.content, policy=default)
    assert await statuses(row.id) == ("QUEUED", "QUEUED", "QUEUED")
    assert (row.account_id, row.author_id, row.rule) == (account.id, anna.employee_id, "EMPLOYEE_UNLINKED")
    assert (content["From"], content["Reply-To"]) == ("Anna Example <anna@example.com>", "team@example.com")
    assert content["Message-ID"] == row.message_id
    assert b"dora" not in row.content
    assert b"Date:" not in row.content
    assert [entry.action for entry in await models.AuditEntry.all()] == ["MESSAGE_SENT"]


async def test_the_same_key_again_answers_with_the_first_message(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    first = await send(house, mail(), by=anna)
    assert await send(house, mail(), by=anna) == Sent(message_id=first.message_id, replayed=True)
    assert await models.Message.all().count() == 1


async def test_the_same_key_for_another_message_is_refused(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    await send(house, mail(), by=anna)
    code = ProblemCode.IDEMPOTENCY_KEY_REUSED
    assert await refusal(house, mail(subject="Other"), anna) == (code, ("idempotencyKey",))


async def test_a_replay_outlives_what_the_message_needed(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    first = await send(house, mail(), by=anna)
    await account.delete()
    assert (await send(house, mail(), by=anna)).message_id == first.message_id


async def test_a_key_means_something_to_its_caller_only(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    first = await send(house, mail(), by=anna)
    other = await send(house, mail(), by=replace(anna, key="token:2"))
    assert other.message_id != first.message_id


async def test_twenty_at_once_with_one_key_are_one_message(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    sent = await asyncio.gather(*(send(house, mail(), by=anna) for _ in range(20)))
    assert len({one.message_id for one in sent}) == 1
    assert sum(not one.replayed for one in sent) == 1
    assert await models.Message.all().count() == await models.AuditEntry.all().count() == 1


async def test_without_an_address_nothing_is_sent(house: House, anna: Actor) -> None:
    assert await refusal(house, mail(), anna) == (ProblemCode.NO_SENDER, ("context",))
    assert await models.Message.all().count() == 0


async def test_no_other_address_is_taken_for_a_chosen_one(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    command = mail(context=SenderContext(account_id=uuid4()))
    assert await refusal(house, command, anna) == (
        ProblemCode.SENDER_NOT_AVAILABLE,
        ("context", "accountId"),
    )


async def test_an_unknown_project_is_not_found(house: House, anna: Actor, new_account: AccountMaker) -> None:
    await new_account()
    command = mail(context=SenderContext(project_id=uuid4()))
    assert await refusal(house, command, anna) == (ProblemCode.NOT_FOUND, ("context",))


async def test_writing_as_another_needs_its_permission(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    for_anna = mail(context=SenderContext(employee_id=anna.employee_id))
    path = ("context", "employeeId")
    assert await refusal(house, mail(), service(anna, Permission.SEND)) == (ProblemCode.REQUIRED, path)
    assert await refusal(house, for_anna, service(anna, Permission.SEND)) == (
        ProblemCode.NOT_PERMITTED,
        path,
    )
    await send(house, for_anna, by=service(anna, Permission.SEND_FOR_OTHERS))
    assert [entry.action for entry in await models.AuditEntry.all()] == ["MESSAGE_SENT_FOR_OTHER"]


async def test_without_the_permission_to_send_nothing_is(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    reader = replace(anna, permissions=frozenset())
    assert (await refusal(house, mail(), reader))[0] is ProblemCode.NOT_PERMITTED


async def test_a_message_for_later_waits_for_its_time(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    later = now() + timedelta(hours=3)
    sent = await send(house, mail(not_before=later), by=anna)
    row = await models.Message.get(id=sent.message_id)
    assert (row.not_before, row.next_attempt_at) == (later, later)


async def test_a_paused_account_keeps_its_rank_and_the_message_waits(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    paused = await new_account(status="PAUSED")
    await new_account(address="other@example.com", position=1)
    sent = await send(house, mail(), by=anna)
    assert (await models.Message.get(id=sent.message_id)).account_id == paused.id


async def test_no_more_recipients_than_the_mail_service_takes(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    house.catalogue.admit("acme", a_plugin(a_provider(limits=Limits(recipients_per_message=2))))
    await new_account(provider_key="acme")
    two, third = ("bob@example.org", "Bob@example.org", "cy@example.org"), ("dora@example.org",)
    await send(house, mail(to=two), by=anna)
    copy = tuple(RecipientInput(address=address) for address in third)
    code = ProblemCode.TOO_MANY_RECIPIENTS
    assert await refusal(house, mail("k-2", to=two, bcc=copy), anna) == (code, ("to",))
    assert await models.Message.all().count() == 1
