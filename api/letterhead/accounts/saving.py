"""A passed test becomes an account, or new settings of one. There is no other way in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from uuid_utils.compat import uuid7

from letterhead.accounts import choices
from letterhead.accounts.account import Selection, Status
from letterhead.accounts.choices import Access, Scope
from letterhead.accounts.drafts import address_key
from letterhead.accounts.fields import KEEP, Change, checked_details
from letterhead.accounts.recording import record_saved, settings_of
from letterhead.accounts.secrets import seal, test_purpose, unseal
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.identity.rules import may_manage
from letterhead.outbox.waking import wake_account
from letterhead.store import models
from letterhead.store.database import now, transaction

PASSED = ("PASSED", "PASSED_WITH_WARNINGS")
FIELDS = ("secret", "incoming_secret")


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


async def save(house: House, command: SaveAccount, *, by: Actor) -> UUID:
    """The account's id. Saying the same again answers the same account. Raises Refused."""
    test = await _usable_test(command, by=by)
    if test.saved_account_id is not None:
        return test.saved_account_id
    details = await _checked_details(command, test, by=by)
    try:
        async with transaction():
            if command.account_id is None:
                account_id = await _insert(house, test, details, command, by=by)
            else:
                account_id = await _replace(house, test, details, command, by=by)
            await _spend(test, account_id)
    except IntegrityError:
        saved = await models.AccountTest.get(id=test.id)
        if saved.saved_account_id is not None:
            return saved.saved_account_id
        message = f"{test.draft['address']} is in this address book already; change that account instead."
        raise Refused(Problem(ProblemCode.ADDRESS_TAKEN, message, ("testId",))) from None
    house.news.changed(account_id)
    if command.account_id is not None:
        await wake_account(house, account_id)
    return account_id


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


async def _insert(
    house: House, test: models.AccountTest, details: dict[str, Any], command: SaveAccount, *, by: Actor
) -> UUID:
    account_id, at = uuid7(), now()
    await _check_owner_is_there(test, by=by)
    access = command.access or Access(mode=Selection.ALL)
    scope = command.scope or Scope(mode=Selection.ALL)
    position = await models.EmailAccount.filter(company_id=by.company_id, owner_id=test.owner_id).count()
    await models.EmailAccount.create(
        id=account_id,
        company_id=by.company_id,
        owner_id=test.owner_id,
        employee_id=test.owner_id if test.owner_id != by.company_id else None,
        **details,
        access_mode=access.mode.value,
        scope_mode=scope.mode.value,
        position=position,
        created_at=at,
        updated_at=at,
        **_settings(house, test, account_id, at),
    )
    await _write_aliases(test, account_id)
    await choices.write_access(by.company_id, account_id, access)
    await choices.write_scope(by.company_id, account_id, scope)
    await record_saved(f"Connected {test.draft['address']}", account_id, None, by=by)
    return account_id


async def _check_owner_is_there(test: models.AccountTest, *, by: Actor) -> None:
    """Somebody who leaves at this moment either waits until this is written, or is gone already."""
    if test.owner_id == by.company_id:
        return
    owner = models.Employee.filter(id=test.owner_id, company_id=by.company_id, removed_at=None)
    if await owner.select_for_update(no_key=True).first() is None:
        raise _about_test(ProblemCode.NOT_PERMITTED, "You do not manage the addresses of this owner.")


async def _replace(
    house: House, test: models.AccountTest, details: dict[str, Any], command: SaveAccount, *, by: Actor
) -> UUID:
    row = await models.EmailAccount.get_or_none(id=command.account_id, company_id=by.company_id)
    if row is None:
        problem = Problem(ProblemCode.NOT_FOUND, "There is no such account that you manage.", ("accountId",))
        raise Refused(problem)
    check_version(row, command.expected_version)
    if row.settings_version != test.account_version:
        message = "The account's settings were changed after this test; test it again."
        raise _about_test(ProblemCode.TEST_OF_OTHER_SETTINGS, message)
    at, before = now(), await settings_of(by.company_id, row.id)
    changes: dict[str, Any] = {**_settings(house, test, row.id, at), **details}
    if command.access:
        changes["access_mode"] = command.access.mode.value
        await choices.write_access(by.company_id, row.id, command.access)
    if command.scope:
        changes["scope_mode"] = command.scope.mode.value
        await choices.write_scope(by.company_id, row.id, command.scope)
    if row.status == Status.DISABLED.value:
        changes["status"] = Status.DISABLED.value
    changes |= {"version": row.version + 1, "settings_version": row.settings_version + 1, "updated_at": at}
    if not await models.EmailAccount.filter(id=row.id, version=row.version).update(**changes):
        raise changed_meanwhile()
    await _write_aliases(test, row.id)
    await record_saved(f"Changed the settings of {row.address}", row.id, before, by=by)
    replaced: UUID = row.id
    return replaced


def changed_meanwhile() -> Refused:
    message = "Somebody else changed the account at the same moment; read it again."
    return Refused(Problem(ProblemCode.VERSION_CONFLICT, message, ("expectedVersion",)))


def check_version(row: models.EmailAccount, expected: int | None) -> None:
    """Raises Refused when somebody else changed the account in between."""
    if expected is not None and expected != row.version:
        message = (
            f"The account is at version {row.version}, not {expected}: somebody changed it; read it again."
        )
        raise Refused(Problem(ProblemCode.VERSION_CONFLICT, message, ("expectedVersion",)))


def _settings(house: House, test: models.AccountTest, account_id: UUID, at: Any) -> dict[str, Any]:
    draft = test.draft
    return {
        "address": draft["address"],
        "address_key": address_key(draft["address"]),
        "provider_key": draft["providerKey"],
        "smtp": draft["smtp"],
        "incoming": draft["incoming"],
        "credential_kind": draft["kind"],
        "incoming_credential_kind": draft["incomingKind"],
        **_secrets(house, test, account_id, at),
        "status": Status.READY.value,
        "problem": None,
        "proof": test.proofs[draft["address"]]["proof"],
        "test_id": test.id,
        "tested_at": at,
        "refused": None,
    }


def _secrets(house: House, test: models.AccountTest, account_id: UUID, at: datetime) -> dict[str, Any]:
    """The columns of those that the test brought. One that was kept is the account's own matter: an OAuth2
    grant may have been renewed since the test."""
    kept = test.draft.get("kept", ())
    columns: dict[str, Any] = {
        f"{field}_sealed": _resealed(house, test, account_id, field) for field in FIELDS if field not in kept
    }
    if "secret" not in kept:
        ends = test.draft.get("expiresAt")
        columns["credential_updated_at"] = at
        columns["credential_expires_at"] = datetime.fromisoformat(ends) if ends else None
    return columns


def _resealed(house: House, test: models.AccountTest, account_id: UUID, field: str) -> str | None:
    """The test's secret, sealed anew for the account's row."""
    sealed: str | None = getattr(test, f"{field}_sealed")
    if sealed is None:
        return None
    purpose = test_purpose(test, field)
    secret = unseal(house, sealed, purpose)
    return seal(house, secret, purpose.moved_to("email_account", account_id))


async def _write_aliases(test: models.AccountTest, account_id: UUID) -> None:
    await models.SenderAlias.filter(company_id=test.company_id, account_id=account_id).delete()
    await models.SenderAlias.bulk_create(
        models.SenderAlias(
            id=uuid7(),
            company_id=test.company_id,
            account_id=account_id,
            address=alias["address"],
            address_key=address_key(alias["address"]),
            display_name=alias["displayName"],
            proof=test.proofs[alias["address"]]["proof"],
            problem=test.proofs[alias["address"]]["problem"],
            position=position,
        )
        for position, alias in enumerate(test.draft["aliases"])
    )


async def _spend(test: models.AccountTest, account_id: UUID) -> None:
    """A test is good for one save; its copy of the secret is wiped. Raises IntegrityError when used."""
    spent = await models.AccountTest.filter(id=test.id, saved_account_id=None).update(
        saved_account_id=account_id, account_id=account_id, secret_sealed=None, incoming_secret_sealed=None
    )
    if not spent:
        raise IntegrityError("the test was used by another save at the same moment")
    # A grant changes hands: kept in two places, the one would be void once the other is renewed.
    await models.SignInFlow.filter(
        id__in=test.draft.get("flowIds", []), company_id=test.company_id, credential_kind="OAUTH2"
    ).update(secret_sealed=None)
