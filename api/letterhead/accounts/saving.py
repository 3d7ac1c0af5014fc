"""A passed test becomes an account, or new settings of one. There is no other way in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from uuid_utils.compat import uuid7

from letterhead.accounts import choices
from letterhead.accounts.account import Selection, Status
from letterhead.accounts.choices import Access, Scope
from letterhead.accounts.drafts import address_key
from letterhead.accounts.fields import KEEP, Change, checked_details
from letterhead.accounts.foresight import known_providers
from letterhead.accounts.order import after_the_last
from letterhead.accounts.proven import proven_settings, spend, write_aliases
from letterhead.accounts.recording import record_saved, settings_of
from letterhead.accounts.versions import changed_meanwhile, check_version, no_such_account
from letterhead.company import IncomingRequirement
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.identity.rules import may_manage
from letterhead.outbox.waking import wake_account
from letterhead.senders.impact import concerns, fresh_concerns, losses
from letterhead.senders.terms import AccountChange, changed, stored_terms
from letterhead.senders.warnings import (
    Warning,  # noqa: A004 - the schema's word for it
    WarningCode,
    has_unlinked_address,
    warning,
)
from letterhead.store import models
from letterhead.store.database import now, transaction

PASSED = ("PASSED", "PASSED_WITH_WARNINGS")


@dataclass(frozen=True, kw_only=True)
class SaveAccount:
    """``account_id``: put the tested settings into this account; None: a new one."""

    test_id: UUID
    account_id: UUID | None = None
    expected_version: int | None = None
    display_name: Change = KEEP
    reply_to: Change = KEEP
    access: Access | None = None
    scope: Scope | None = None


@dataclass(frozen=True, kw_only=True)
class Saved:
    """``warnings``: those that saving has caused."""

    account_id: UUID
    warnings: tuple[Warning, ...] = ()


async def save(house: House, command: SaveAccount, *, by: Actor) -> Saved:
    """Saying the same again answers the same account. Raises Refused."""
    test = await _usable_test(command, by=by)
    if test.saved_account_id is not None:
        return Saved(account_id=test.saved_account_id)
    details = await _checked_details(command, test, by=by)
    row = None if command.account_id is None else await _to_replace(command, test, by=by)
    lost, concerned = await _outlook(house, row, command)
    try:
        async with choices.checked_again(by.company_id, command.access, command.scope), transaction():
            await _check_incoming(test)
            before = await settings_of(by.company_id, row.id) if row else None
            if row is None:
                account_id = await _insert(house, test, details, command, by=by)
            else:
                account_id = await _replace(house, test, row, details, command, by=by)
            await spend(test, account_id)
            await record_saved(account_id, before, by=by)
    except IntegrityError as exc:
        saved = await models.AccountTest.get(id=test.id)
        if saved.saved_account_id is not None:
            return Saved(account_id=saved.saved_account_id)
        raise await _why_not(test, exc) from None
    house.news.changed(by.company_id)
    if row is not None:
        await wake_account(house, account_id)
    fresh = await _fresh(house, account_id, concerned)
    return Saved(account_id=account_id, warnings=(*lost, *fresh))


async def _outlook(
    house: House, row: models.EmailAccount | None, command: SaveAccount
) -> tuple[tuple[Warning, ...], frozenset[WarningCode]]:
    """What the company would lose, and what the account gives rise to as it is."""
    if row is None:
        return (), frozenset()
    before = stored_terms(row)
    change = AccountChange(access=command.access, scope=command.scope)
    lost = await losses(before, changed(before, change, enabled_as=Status.READY))
    return lost, await concerns(before, known_providers(house))


async def _fresh(house: House, account_id: UUID, concerned: frozenset[WarningCode]) -> tuple[Warning, ...]:
    row = await models.EmailAccount.get_or_none(id=account_id)
    if row is None:
        return ()
    terms = stored_terms(row)
    found = fresh_concerns(account_id, concerned, await concerns(terms, known_providers(house)))
    if await _is_first_and_linked(row) and not await has_unlinked_address(row.company_id):
        found = (warning(WarningCode.NO_UNLINKED_ADDRESS), *found)
    return found


async def _is_first_and_linked(row: models.EmailAccount) -> bool:
    """Until it has an address, a company misses none that is free of projects."""
    if row.employee_id is not None or row.version > 1 or row.scope_mode == Selection.ALL.value:
        return False
    others = models.EmailAccount.filter(company_id=row.company_id, owner_id=row.company_id)
    return not await others.exclude(id=row.id).exists()


async def _usable_test(command: SaveAccount, *, by: Actor) -> models.AccountTest:
    test = await models.AccountTest.get_or_none(id=command.test_id, company_id=by.company_id, caller=by.key)
    if test is None:
        raise _about_test(ProblemCode.NOT_FOUND, "There is no such test of yours; run testAccount first.")
    if not may_manage(by, test.owner_id, by.company_id):
        raise _about_test(ProblemCode.NOT_PERMITTED, "You do not manage the addresses of this owner.")
    if test.saved_account_id is not None and command.account_id in (None, test.saved_account_id):
        return test
    if test.account_id != command.account_id:
        message = "This test was of another account's settings; test these ones."
        raise _about_test(ProblemCode.TEST_OF_OTHER_SETTINGS, message)
    if test.status == "RUNNING":
        raise _about_test(ProblemCode.TEST_REQUIRED, "The test is still running; wait until it has passed.")
    if test.status not in PASSED:
        message = (
            "The test did not pass, so nothing was saved. Its diagnosis says what to change; then test again."
        )
        raise _about_test(ProblemCode.TEST_FAILED, message)
    if test.usable_until is None or test.usable_until <= now():
        raise _about_test(ProblemCode.TEST_EXPIRED, "The test is more than 30 minutes old; run it again.")
    return test


def _about_test(code: ProblemCode, message: str) -> Refused:
    return Refused(Problem(code, message, ("testId",)))


async def _checked_details(command: SaveAccount, test: models.AccountTest, *, by: Actor) -> dict[str, Any]:
    details = checked_details(command.display_name, command.reply_to)
    if command.access is not None and test.owner_id != by.company_id:
        message = "A personal address serves its owner only; leave access out."
        raise Refused(Problem(ProblemCode.INVALID, message, ("access",)))
    if command.access:
        await choices.check_access(by.company_id, command.access)
    if command.scope:
        await choices.check_scope(by.company_id, command.scope)
    return details


async def _check_incoming(test: models.AccountTest) -> None:
    """The company may want more by now than when the test began."""
    company = await models.Company.get(id=test.company_id).only("incoming_server")
    wanted, incoming = IncomingRequirement(company.incoming_server), test.draft["incoming"]
    if incoming is None and wanted is not IncomingRequirement.OPTIONAL:
        message = "Your company has come to want an incoming server with each address; test with one."
        raise _about_test(ProblemCode.INVALID, message)
    if incoming and wanted is IncomingRequirement.POP3_REQUIRED and incoming["protocol"] != "POP3":
        message = "Your company has come to want incoming servers that speak POP3; test with that one."
        raise _about_test(ProblemCode.INVALID, message)


async def _why_not(test: models.AccountTest, exc: IntegrityError) -> Exception:
    address = test.draft["address"]
    taken = models.EmailAccount.filter(
        company_id=test.company_id, owner_id=test.owner_id, address_key=address_key(address)
    )
    if not await taken.exists():
        return exc
    message = f"{address} is in this address book already; change that account instead."
    return _about_test(ProblemCode.ADDRESS_TAKEN, message)


async def _to_replace(command: SaveAccount, test: models.AccountTest, *, by: Actor) -> models.EmailAccount:
    row = await models.EmailAccount.get_or_none(id=command.account_id, company_id=by.company_id)
    if row is None:
        raise no_such_account()
    check_version(row, command.expected_version)
    if row.settings_version != test.account_version:
        message = "The account's settings were changed after this test; test it again."
        raise _about_test(ProblemCode.TEST_OF_OTHER_SETTINGS, message)
    return row


async def _insert(
    house: House, test: models.AccountTest, details: dict[str, Any], command: SaveAccount, *, by: Actor
) -> UUID:
    account_id, at = uuid7(), now()
    await _check_owner_is_there(test, by=by)
    access = command.access or Access(mode=Selection.ALL)
    scope = command.scope or Scope(mode=Selection.ALL)
    await models.EmailAccount.create(
        id=account_id,
        company_id=by.company_id,
        owner_id=test.owner_id,
        employee_id=test.owner_id if test.owner_id != by.company_id else None,
        **details,
        access_mode=access.mode.value,
        scope_mode=scope.mode.value,
        position=await after_the_last(by.company_id, test.owner_id),
        reads_bounces=test.owner_id == by.company_id,
        created_at=at,
        updated_at=at,
        **proven_settings(house, test, account_id, at),
    )
    await write_aliases(test, account_id)
    await choices.write_access(by.company_id, account_id, access)
    await choices.write_scope(by.company_id, account_id, scope)
    return account_id


async def _check_owner_is_there(test: models.AccountTest, *, by: Actor) -> None:
    """Somebody who leaves at this moment either waits until this is written, or is gone already."""
    if test.owner_id == by.company_id:
        return
    owner = models.Employee.filter(id=test.owner_id, company_id=by.company_id, removed_at=None)
    if await owner.select_for_update(no_key=True).first() is None:
        raise _about_test(ProblemCode.NOT_PERMITTED, "You do not manage the addresses of this owner.")


async def _replace(
    house: House,
    test: models.AccountTest,
    row: models.EmailAccount,
    details: dict[str, Any],
    command: SaveAccount,
    *,
    by: Actor,
) -> UUID:
    at = now()
    changes: dict[str, Any] = {**proven_settings(house, test, row.id, at), **details}
    if command.access:
        changes["access_mode"] = command.access.mode.value
    if command.scope:
        changes["scope_mode"] = command.scope.mode.value
    if row.status == Status.DISABLED.value:
        changes["status"] = Status.DISABLED.value
    changes |= {"version": row.version + 1, "settings_version": row.settings_version + 1, "updated_at": at}
    if not await models.EmailAccount.filter(id=row.id, version=row.version).update(**changes):
        raise changed_meanwhile()
    await write_aliases(test, row.id)
    if command.access:
        await choices.write_access(by.company_id, row.id, command.access)
    if command.scope:
        await choices.write_scope(by.company_id, row.id, command.scope)
    replaced: UUID = row.id
    return replaced
