"""What can be done to a saved account without a new test."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from letterhead.accounts import choices
from letterhead.accounts.account import Account, AccountAction, Status
from letterhead.accounts.choices import Access, Scope
from letterhead.accounts.chosen import access_changes, chosen, scope_changes
from letterhead.accounts.fields import KEEP, Change, checked_details
from letterhead.accounts.saving import changed_meanwhile, check_version
from letterhead.audit.log import Action, Subject, record
from letterhead.audit.rules import text
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.identity.rules import may_manage
from letterhead.outbox.waking import wake_account
from letterhead.store import models
from letterhead.store.database import now, transaction

HIGHEST_POSITION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class UpdateAccount:
    account_id: UUID
    expected_version: int | None = None
    display_name: Change = KEEP
    reply_to: Change = KEEP
    position: int | None = None


async def update(house: House, command: UpdateAccount, *, by: Actor) -> None:
    """Names and order need no test. Raises Refused."""
    row = await managed(command.account_id, command.expected_version, by=by)
    changes: dict[str, Any] = dict(checked_details(command.display_name, command.reply_to))
    if command.position is not None:
        if not 0 <= command.position <= HIGHEST_POSITION:
            message = f"A position is a number from 0 to {HIGHEST_POSITION}."
            raise Refused(Problem(ProblemCode.INVALID, message, ("position",)))
        changes["position"] = command.position
    before = {field: getattr(row, field) for field in changes}
    async with transaction():
        await _write(row, changes)
        await record(
            Action.ACCOUNT_SAVED,
            f"Changed {row.address}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes={field: (text(before[field]), text(changes[field])) for field in changes},
        )
    house.news.changed(row.id)


async def set_access(
    house: House, account_id: UUID, access: Access, *, expected_version: int | None = None, by: Actor
) -> None:
    """Who may write as this company address; acts at once, on queued mail too. Raises Refused."""
    row = await managed(account_id, expected_version, by=by)
    if row.employee_id is not None:
        message = "A personal address serves its owner only; its access cannot be set."
        raise Refused(Problem(ProblemCode.INVALID, message, ("access",)))
    await choices.check_access(by.company_id, access)
    async with transaction():
        before = await chosen(by.company_id, row.id)
        await _write(row, {"access_mode": access.mode.value})
        await choices.write_access(by.company_id, row.id, access)
        await record(
            Action.ACCESS_CHANGED,
            f"Changed who may write as {row.address}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes=access_changes(before, await chosen(by.company_id, row.id)),
        )
    house.news.changed(row.id)


async def set_scope(
    house: House, account_id: UUID, scope: Scope, *, expected_version: int | None = None, by: Actor
) -> None:
    """In which projects this address serves. Raises Refused."""
    row = await managed(account_id, expected_version, by=by)
    await choices.check_scope(by.company_id, scope)
    async with transaction():
        before = await chosen(by.company_id, row.id)
        await _write(row, {"scope_mode": scope.mode.value})
        await choices.write_scope(by.company_id, row.id, scope)
        await record(
            Action.SCOPE_CHANGED,
            f"Changed the projects of {row.address}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes=scope_changes(before, await chosen(by.company_id, row.id)),
        )
    house.news.changed(row.id)


async def set_enabled(
    house: House, account_id: UUID, *, enabled: bool, expected_version: int | None = None, by: Actor
) -> None:
    """A switched-off account sends nothing; switched on again it is as it was. Raises Refused."""
    row = await managed(account_id, expected_version, by=by)
    if (row.status != Status.DISABLED.value) == enabled:
        return
    after = _status_when_enabled(row) if enabled else Status.DISABLED
    async with transaction():
        await _write(row, {"status": after.value})
        await record(
            Action.STATUS_CHANGED,
            f"Switched {row.address} {'on' if enabled else 'off'}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes={"status": (row.status, after.value)},
        )
    house.news.changed(row.id)
    await wake_account(house, row.id)


async def delete(house: House, account_id: UUID, *, expected_version: int | None = None, by: Actor) -> None:
    """Takes the account and its secrets away; its queued mail is held for a person to decide."""
    row = await managed(account_id, expected_version, by=by)
    async with transaction():
        await record(
            Action.ACCOUNT_DELETED,
            f"Deleted {row.address}",
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes={"address": (row.address, None)},
        )
        await wake_account(house, row.id)
        await row.delete()
    house.news.changed(row.id)


def viewer_can(account: Account, *, by: Actor) -> tuple[AccountAction, ...]:
    """What the asker may do with an account that the asker can see."""
    can = [AccountAction.SEND] if by.may(Permission.SEND) or by.may(Permission.SEND_FOR_OTHERS) else []
    if may_manage(by, account.owner_id, account.company_id):
        can += [AccountAction.TEST] if by.may(Permission.TEST) else []
        can += [AccountAction.EDIT]
        can += [AccountAction.SET_ACCESS] if account.employee_id is None else []
        can += [AccountAction.SET_SCOPE, AccountAction.DISABLE, AccountAction.DELETE]
    return tuple(can)


async def managed(account_id: UUID, expected_version: int | None, *, by: Actor) -> models.EmailAccount:
    """The row of an account that the caller manages. Raises Refused (NOT_FOUND, VERSION_CONFLICT)."""
    row = await models.EmailAccount.get_or_none(id=account_id, company_id=by.company_id)
    if row is None or not may_manage(by, row.owner_id, by.company_id):
        problem = Problem(ProblemCode.NOT_FOUND, "There is no such account that you manage.", ("accountId",))
        raise Refused(problem)
    check_version(row, expected_version)
    return row


async def _write(row: models.EmailAccount, changes: Mapping[str, Any]) -> None:
    written = await models.EmailAccount.filter(id=row.id, version=row.version).update(
        **changes, version=row.version + 1, updated_at=now()
    )
    if not written:
        raise changed_meanwhile()


def _status_when_enabled(row: models.EmailAccount) -> Status:
    if row.credential_kind != "NONE" and row.secret_sealed is None:
        return Status.NEEDS_CREDENTIAL
    return Status.PAUSED if row.problem else Status.READY
