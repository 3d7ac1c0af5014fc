"""Whether an account may be used just now."""

from collections.abc import Sequence
from uuid import UUID

from letterhead.accounts.account import Status
from letterhead.audit.log import Action, Subject, record
from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox.waking import wake_account
from letterhead.store import models
from letterhead.store.database import now, transaction
from letterhead_providers import Diagnosis


async def bring_back(house: House, account_id: UUID, *, by: Actor) -> None:
    """A test of the settings as they stand has passed: a paused account goes on, and so does its mail."""
    paused = models.EmailAccount.filter(id=account_id, status=Status.PAUSED.value)
    async with transaction():
        if not await paused.update(status=Status.READY.value, problem=None, updated_at=now()):
            return
        await record(
            Action.STATUS_CHANGED,
            "An account is ready again: its test has passed",
            by=by,
            subject=Subject("EmailAccount", account_id),
            changes={"status": (Status.PAUSED.value, Status.READY.value)},
        )
    house.news.changed(by.company_id)
    await wake_account(house, account_id)


async def pause(
    house: House, account_id: UUID, settings_version: int, diagnosis: Diagnosis, *, by: Actor
) -> None:
    """Its server will not send for it: until that changes, its mail waits.

    ``settings_version``: what was tested; the account may have been given new settings since.
    """
    async with transaction():
        stopped = await models.EmailAccount.filter(
            id=account_id, settings_version=settings_version, status=Status.READY.value
        ).update(status=Status.PAUSED.value, problem=diagnosis_to_json(diagnosis), updated_at=now())
        if not stopped:
            return
        await record(
            Action.STATUS_CHANGED,
            f"Stopped sending from an account: {diagnosis.title}",
            by=by,
            subject=Subject("EmailAccount", account_id),
            changes={"status": (Status.READY.value, Status.PAUSED.value)},
        )
    house.news.changed(by.company_id)


async def note_test(account_id: UUID, settings_version: int, *, refused: Sequence[str]) -> None:
    """Its settings were tested as they stand. ``refused``: digests of secrets that its servers refused."""
    await models.EmailAccount.filter(id=account_id, settings_version=settings_version).update(
        tested_at=now(), retest_lease_until=None, refused=list(refused) or None
    )


async def needs_sign_in(house: House, account: models.EmailAccount, diagnosis: Diagnosis) -> None:
    """Its service has ended its permission: until the person signs in again, its mail waits.

    ``account``: as it was when that was found out; it may have been given new settings since.
    """
    usable = (Status.READY.value, Status.PAUSED.value)
    usable_still = models.EmailAccount.filter(
        id=account.id, settings_version=account.settings_version, status__in=usable
    )
    after = Status.NEEDS_CREDENTIAL.value
    async with transaction():
        if not await usable_still.update(
            status=after, problem=diagnosis_to_json(diagnosis), updated_at=now()
        ):
            return
        await record(
            Action.STATUS_CHANGED,
            f"An account has to sign in again: {diagnosis.title}",
            by=_itself(account.company_id),
            subject=Subject("EmailAccount", account.id),
            changes={"status": (account.status, after)},
        )
    house.news.changed(account.company_id)


def _itself(company_id: UUID) -> Actor:
    """Who acts in the audit log when a service has ended its permission by itself."""
    return Actor(company_id=company_id, key="system:sign-in", name="Sign-in", permissions=frozenset())
