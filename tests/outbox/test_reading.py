from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from lab.sinks import Sink
from letterhead.errors import NotAnswerable
from letterhead.house import House
from letterhead.identity.actor import ADMINISTRATOR, Actor
from letterhead.outbox.compose import RecipientInput
from letterhead.outbox.enqueue import send
from letterhead.outbox.reading import (
    KEY_LENGTH,
    MessageFilter,
    MessageView,
    attempts_of,
    message,
    messages,
    recipients_of,
)
from letterhead.outbox.rules import MessageStatus, RecipientKind
from letterhead.senders.rules import ResolutionRule
from letterhead.store import models
from letterhead.store.database import now
from letterhead.store.pages import PageRequest, page_request
from outbox.conftest import AccountMaker, deliver_until, mail, until, working

EVERYTHING = MessageFilter()


@pytest.fixture
async def five(house: House, anna: Actor, new_account: AccountMaker) -> list[UUID]:
    """Newest first."""
    await new_account()
    sent = [await send(house, mail(f"k-{n}", to=(f"r{n}@example.org",)), by=anna) for n in range(5)]
    return [one.message_id for one in reversed(sent)]


async def found(wanted: MessageFilter, by: Actor) -> list[UUID]:
    return [view.id for view in (await messages(wanted, PageRequest(), by=by)).items]


async def test_a_message_as_it_is_shown(house: House, anna: Actor, new_account: AccountMaker) -> None:
    account = await new_account()
    sent = await send(house, mail(), by=anna)
    row = await models.Message.get(id=sent.message_id)
    assert await message(sent.message_id, by=anna) == MessageView(
        id=sent.message_id,
        status=MessageStatus.QUEUED,
        account_id=account.id,
        from_address="anna@example.com",
        rule=ResolutionRule.EMPLOYEE_UNLINKED,
        author_id=anna.employee_id,
        project_id=None,
        subject="Offer",
        message_id=row.message_id,
        former_message_ids=(),
        held_because=None,
        waiting_for=None,
        queued_at=row.queued_at,
        next_attempt_at=row.next_attempt_at,
        finished_at=None,
        delayed_since=None,
        content_erased_at=None,
    )


async def test_messages_come_newest_first_page_by_page(anna: Actor, five: list[UUID]) -> None:
    first = await messages(EVERYTHING, page_request(3, None, key_length=KEY_LENGTH), by=anna)
    rest = await messages(EVERYTHING, page_request(3, first.cursors[-1], key_length=KEY_LENGTH), by=anna)
    assert [view.id for view in (*first.items, *rest.items)] == five
    assert (first.has_next, rest.has_next) == (True, False)


async def test_messages_of_one_moment_are_all_seen_once(anna: Actor, five: list[UUID]) -> None:
    await models.Message.all().update(queued_at=now())
    seen: list[UUID] = []
    after = None
    for _ in five:
        page = await messages(EVERYTHING, page_request(1, after, key_length=KEY_LENGTH), by=anna)
        seen += [view.id for view in page.items]
        after = page.cursors[-1]
    assert sorted(seen) == sorted(five)


async def test_a_foreign_cursor_is_refused(anna: Actor) -> None:
    with pytest.raises(NotAnswerable, match="not a cursor of this list"):
        await messages(EVERYTHING, PageRequest(1, ("yesterday", 7)), by=anna)


async def test_filters(anna: Actor, five: list[UUID]) -> None:
    await models.Message.filter(id=five[0]).update(status="HELD")
    await models.Message.filter(id=five[4]).update(queued_at=now() - timedelta(days=2))
    account = await models.EmailAccount.get()
    assert await found(MessageFilter(status=(MessageStatus.HELD,)), anna) == [five[0]]
    assert await found(MessageFilter(status=()), anna) == []
    assert await found(MessageFilter(account_id=account.id), anna) == five
    assert await found(MessageFilter(account_id=uuid4()), anna) == []
    assert await found(MessageFilter(author_id=anna.employee_id), anna) == five
    assert await found(MessageFilter(project_id=uuid4()), anna) == []
    assert await found(MessageFilter(recipient="r3@EXAMPLE.org"), anna) == [five[1]]
    assert await found(MessageFilter(recipient="nobody"), anna) == []
    assert await found(MessageFilter(since=now() - timedelta(days=1)), anna) == five[:4]


async def test_who_sees_what(house: House, anna: Actor, five: list[UUID]) -> None:
    administrator = replace(anna, employee_id=None, key="token:admin", permissions=ADMINISTRATOR)
    colleague = replace(anna, employee_id=uuid4(), key="employee:other")
    service = replace(colleague, employee_id=None, key="token:1")
    elsewhere = replace(administrator, company_id=uuid4())
    assert await found(EVERYTHING, administrator) == five
    assert await found(EVERYTHING, colleague) == await found(EVERYTHING, elsewhere) == []
    assert await message(five[0], by=colleague) is None
    await models.Message.filter(id=five[2]).update(idempotency_scope=service.key)
    assert await found(EVERYTHING, service) == [five[2]]


async def test_recipients_of_many_messages_in_their_order(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    copies = (RecipientInput(address="carl@example.org", name="Carl"),)
    one = await send(house, mail("k-1", cc=copies), by=anna)
    other = await send(house, mail("k-2"), by=anna)
    ids = [one.message_id, other.message_id, uuid4()]
    recipients = await recipients_of(anna.company_id, ids)
    seen = {at: [(r.kind, r.address, r.name) for r in recipients[at]] for at in ids}
    bob = (RecipientKind.TO, "bob@example.org", None)
    assert seen == {ids[0]: [bob, (RecipientKind.CC, "carl@example.org", "Carl")], ids[1]: [bob], ids[2]: []}
    assert await recipients_of(uuid4(), ids[:1]) == {ids[0]: ()}


async def test_attempts_of_many_messages_are_paged(
    house: House,
    anna: Actor,
    new_account: AccountMaker,
    sink: Callable[..., AbstractAsyncContextManager[Sink]],
) -> None:
    async with sink(RCPT="451 4.7.1 Greylisted") as server:
        await new_account(server.port)
        ids = [(await send(house, mail(f"k-{n}"), by=anna)).message_id for n in range(2)]
        for _ in range(3):
            await models.Message.all().update(next_attempt_at=now(), status="QUEUED")
            async with working(house):
                for one in ids:
                    await until(one, "DEFERRED", "DEFERRED")
    first = await attempts_of(anna.company_id, ids, PageRequest(2))
    assert {one: (len(page.items), page.has_next) for one, page in first.items()} == dict.fromkeys(
        ids, (2, True)
    )
    after = page_request(2, first[ids[0]].cursors[-1], key_length=KEY_LENGTH)
    (last,) = (await attempts_of(anna.company_id, ids[:1], after))[ids[0]].items
    assert last.reply
    assert (last.reply.code, last.reply.enhanced, last.reply.text) == (451, "4.7.1", "Greylisted")
    assert last.at > first[ids[0]].items[-1].at


async def test_a_waiting_message_has_no_next_attempt_of_its_own(
    house: House, anna: Actor, five: list[UUID]
) -> None:
    await models.Message.all().update(waiting_for={"title": "Its account is paused"})
    view = await message(five[0], by=anna)
    assert view
    assert view.waiting_for
    assert (view.waiting_for.title, view.next_attempt_at) == ("Its account is paused", None)


async def test_a_delivered_message_tells_so(
    house: House,
    anna: Actor,
    new_account: AccountMaker,
    sink: Callable[..., AbstractAsyncContextManager[Sink]],
) -> None:
    async with sink() as server:
        await new_account(server.port)
        sent = await send(house, mail(), by=anna)
        await deliver_until(house, sent.message_id, "SENT", "ACCEPTED")
    view = await message(sent.message_id, by=anna)
    assert view
    assert (view.status, view.next_attempt_at) == (MessageStatus.SENT, None)
    assert view.finished_at
