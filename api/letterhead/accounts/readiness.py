"""Whether an account may be used just now."""

from uuid import UUID

from letterhead.accounts.account import Status
from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.house import House
from letterhead.outbox.waking import wake_account
from letterhead.store import models
from letterhead.store.database import now
from letterhead_providers import Diagnosis


async def bring_back(house: House, account_id: UUID) -> None:
    """A test of the settings as they stand has passed: a paused account goes on, and so does its mail."""
    back = await models.EmailAccount.filter(id=account_id, status=Status.PAUSED.value).update(
        status=Status.READY.value, problem=None, updated_at=now()
    )
    if back:
        await wake_account(house, account_id)


async def needs_sign_in(house: House, account: models.EmailAccount, diagnosis: Diagnosis) -> None:
    """Its service has ended its permission: until the person signs in again, its mail waits.

    ``account``: as it was when that was found out; it may have been given new settings since.
    """
    usable = (Status.READY.value, Status.PAUSED.value)
    stopped = await models.EmailAccount.filter(
        id=account.id, settings_version=account.settings_version, status__in=usable
    ).update(status=Status.NEEDS_CREDENTIAL.value, problem=diagnosis_to_json(diagnosis), updated_at=now())
    if stopped:
        house.news.changed(account.id)
