"""What waits for an account that it may not leave from any more waits for nothing: it is held at once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from letterhead.accounts import verbs
from letterhead.accounts.account import Selection
from letterhead.accounts.choices import Access, Scope
from letterhead.directory.rules import DirectorySync, GroupEntry
from letterhead.directory.verbs import sync
from letterhead.house import House
from letterhead.identity.actor import ADMINISTRATOR, Actor
from letterhead.outbox.enqueue import send
from letterhead.senders.rules import SenderContext
from letterhead.store import models
from letterhead.store.database import now
from outbox.conftest import AccountMaker, deliver_until, mail

Change = Callable[[House, UUID, Actor], Awaitable[object]]


@pytest.fixture
def admin(anna: Actor) -> Actor:
    return Actor(company_id=anna.company_id, key="token:1", name="Admin", permissions=ADMINISTRATOR)


async def waits(message_id: UUID) -> bool:
    row = await models.Message.get(id=message_id)
    return row.waiting_for is not None or row.next_attempt_at > now()


async def test_all_that_waits_for_a_deleted_account_is_looked_at_at_once(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    sent = [await send(house, mail(f"k-{number}"), by=anna) for number in range(3)]
    later = now() + timedelta(hours=1)
    await models.Message.all().update(waiting_for={"code": "RATE_LIMITED"}, next_attempt_at=later)
    await verbs.delete(house, account.id, by=anna)
    assert [await waits(one.message_id) for one in sent] == [False] * 3


async def without_access(house: House, account_id: UUID, admin: Actor) -> None:
    await verbs.set_access(house, account_id, Access(mode=Selection.SELECTED), by=admin)


async def without_project(house: House, account_id: UUID, admin: Actor) -> None:
    await verbs.set_scope(house, account_id, Scope(mode=Selection.SELECTED), by=admin)


async def group_gone(house: House, account_id: UUID, admin: Actor) -> None:
    await sync(house, DirectorySync(groups=(), remove_missing=True), by=admin)


async def member_gone(house: House, account_id: UUID, admin: Actor) -> None:
    await sync(house, DirectorySync(groups=[GroupEntry(external_id="sales", name="Sales")]), by=admin)


async def project_gone(house: House, account_id: UUID, admin: Actor) -> None:
    await sync(house, DirectorySync(projects=(), remove_missing=True), by=admin)


@pytest.mark.parametrize("change", [without_access, without_project, group_gone, member_gone, project_gone])
async def test_a_message_does_not_wait_for_an_account_that_is_closed_to_it(
    house: House, anna: Actor, admin: Actor, new_account: AccountMaker, change: Change
) -> None:
    company = {"company_id": anna.company_id}
    group = await models.Group.create(external_id="sales", name="Sales", **company)
    project = await models.Project.create(external_id="apollo", name="Apollo", **company)
    owner = {"owner_id": anna.company_id, "employee_id": None}
    account = await new_account(status="PAUSED", access_mode="SELECTED", scope_mode="SELECTED", **owner)
    await models.GroupMember.create(group=group, employee_id=anna.employee_id, **company)
    await models.AccountGroup.create(account=account, group=group, **company)
    await models.AccountProject.create(account=account, project=project, **company)
    sent = await send(house, mail(context=SenderContext(project_id=project.id)), by=anna)
    later = now() + timedelta(days=5)
    await models.Message.all().update(waiting_for={"code": "UNKNOWN"}, next_attempt_at=later)
    await change(house, account.id, admin)
    await deliver_until(house, sent.message_id, "HELD", "QUEUED")


async def test_what_may_still_leave_goes_on_waiting(
    house: House, anna: Actor, admin: Actor, new_account: AccountMaker
) -> None:
    account = await new_account(status="PAUSED", owner_id=anna.company_id, employee_id=None)
    sent = await send(house, mail(), by=anna)
    later = now() + timedelta(days=5)
    await models.Message.all().update(waiting_for={"code": "UNKNOWN"}, next_attempt_at=later)
    only_anna = Access(mode=Selection.SELECTED, employee_ids=(anna.employee_id,))
    await verbs.set_access(house, account.id, only_anna, by=admin)
    assert await waits(sent.message_id)
