"""What can be done to a saved account without a new test."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from letterhead.accounts import choices
from letterhead.accounts.account import Account, AccountAction, Status
from letterhead.accounts.choices import Access, Scope
from letterhead.accounts.chosen import access_changes, chosen, scope_changes
from letterhead.accounts.fields import KEEP, Change, checked_details
from letterhead.accounts.foresight import check_change, status_when_enabled, warnings_of
from letterhead.accounts.order import make_room
from letterhead.accounts.versions import managed, remove, write
from letterhead.audit.log import Action, Subject, record
from letterhead.audit.rules import text
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.identity.rules import may_manage
from letterhead.outbox.queue import TOPIC
from letterhead.outbox.waking import wake_account, wake_all, wake_barred
from letterhead.senders.terms import AccountChange
from letterhead.senders.warnings import Warning  # noqa: A004 - the schema's word for it
from letterhead.store import models
from letterhead.store.database import transaction

HIGHEST_POSITION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class UpdateAccount:
    """``position``: among its owner's addresses, counted from 0; beyond the last is the last."""

    account_id: UUID
    expected_version: int | None = None
    display_name: Change = KEEP
    reply_to: Change = KEEP
    position: int | None = None


async def update(house: House, command: UpdateAccount, *, by: Actor) -> None:
    """Names and order need no test. Raises Refused."""
    row = await managed(command.account_id, command.expected_version, by=by)
    changes: dict[str, Any] = dict(checked_details(command.display_name, command.reply_to))
    if command.position is not None and not 0 <= command.position <= HIGHEST_POSITION:
        message = f"A position is a number from 0 to {HIGHEST_POSITION}."
        raise Refused(Problem(ProblemCode.INVALID, message, ("position",)))
    async with transaction():
        if command.position is not None:
            changes["position"] = await make_room(by.company_id, row.owner_id, row.id, command.position)
        await write(row, changes)
        await record(
            Action.ACCOUNT_SAVED,
            f"Changed {row.address}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes={field: (text(getattr(row, field)), text(changes[field])) for field in changes},
        )
    house.news.changed(by.company_id)


async def set_access(
    house: House, account_id: UUID, access: Access, *, expected_version: int | None = None, by: Actor
) -> tuple[Warning, ...]:
    """Who may write as this company address; acts at once, on queued mail too. Raises Refused.

    This and the other verbs answer with the warnings that the change has caused.
    """
    row = await managed(account_id, expected_version, by=by)
    change = AccountChange(access=access)
    await check_change(row, change)
    caused = await warnings_of(house, row, change)
    async with choices.checked_again(by.company_id, access=access), transaction():
        was = await chosen(by.company_id, row.id)
        await write(row, {"access_mode": access.mode.value})
        await choices.write_access(by.company_id, row.id, access)
        await record(
            Action.ACCESS_CHANGED,
            f"Changed who may write as {row.address}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes=access_changes(was, await chosen(by.company_id, row.id)),
        )
    house.news.changed(by.company_id)
    await wake_barred(house, by.company_id)
    return caused


async def set_scope(
    house: House, account_id: UUID, scope: Scope, *, expected_version: int | None = None, by: Actor
) -> tuple[Warning, ...]:
    """In which projects this address serves. Raises Refused."""
    row = await managed(account_id, expected_version, by=by)
    change = AccountChange(scope=scope)
    await check_change(row, change)
    caused = await warnings_of(house, row, change)
    async with choices.checked_again(by.company_id, scope=scope), transaction():
        was = await chosen(by.company_id, row.id)
        await write(row, {"scope_mode": scope.mode.value})
        await choices.write_scope(by.company_id, row.id, scope)
        await record(
            Action.SCOPE_CHANGED,
            f"Changed the projects of {row.address}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes=scope_changes(was, await chosen(by.company_id, row.id)),
        )
    house.news.changed(by.company_id)
    await wake_barred(house, by.company_id)
    return caused


async def set_enabled(
    house: House, account_id: UUID, *, enabled: bool, expected_version: int | None = None, by: Actor
) -> tuple[Warning, ...]:
    """A switched-off account sends nothing; switched on again it is as it was. Raises Refused."""
    row = await managed(account_id, expected_version, by=by)
    if (row.status != Status.DISABLED.value) == enabled:
        return ()
    after = status_when_enabled(row) if enabled else Status.DISABLED
    caused = await warnings_of(house, row, AccountChange(enabled=enabled))
    async with transaction():
        await write(row, {"status": after.value})
        await record(
            Action.STATUS_CHANGED,
            f"Switched {row.address} {'on' if enabled else 'off'}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes={"status": (row.status, after.value)},
        )
    house.news.changed(by.company_id)
    await wake_account(house, row.id)
    return caused


async def delete(
    house: House, account_id: UUID, *, expected_version: int | None = None, by: Actor
) -> tuple[Warning, ...]:
    """Takes the account and its secrets away; its queued mail is held for a person to decide. Raises Refused.

    Who manages the company's addresses may also delete those of people who have left.
    """
    row = await managed(account_id, expected_version, by=by, to_delete=True)
    caused = await warnings_of(house, row, AccountChange(deleted=True))
    async with transaction():
        await models.EmailAccount.select_for_update().get_or_none(id=row.id)  # as senders do, before its mail
        waiting = await wake_all(row.id)
        await remove(row)
        was = {"address": row.address, "owner": str(row.owner_id), "access": row.access_mode}
        await record(
            Action.ACCOUNT_DELETED,
            f"Deleted {row.address}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes={field: (value, None) for field, value in was.items()},
        )
    house.news.changed(by.company_id, *waiting, TOPIC)
    return caused


def viewer_can(account: Account, *, by: Actor, owner_left: bool = False) -> tuple[AccountAction, ...]:
    """What the asker may do with an account that the asker can see. ``owner_left``: it was a person's own who
    is not in the directory any more."""
    can = [AccountAction.SEND] if by.may(Permission.SEND) or by.may(Permission.SEND_FOR_OTHERS) else []
    if owner_left:
        return (AccountAction.DELETE,) if by.may(Permission.MANAGE_COMPANY_ACCOUNTS) else ()
    if may_manage(by, account.owner_id, account.company_id):
        can += [AccountAction.TEST] if by.may(Permission.TEST) else []
        can += [AccountAction.EDIT]
        can += [AccountAction.SET_ACCESS] if account.employee_id is None else []
        can += [AccountAction.SET_SCOPE, AccountAction.DISABLE, AccountAction.DELETE]
    return tuple(can)
