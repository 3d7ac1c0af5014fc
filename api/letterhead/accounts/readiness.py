"""Whether an account may be used just now."""

from uuid import UUID

from letterhead.accounts.account import Status
from letterhead.house import House
from letterhead.outbox.waking import wake_account
from letterhead.store import models
from letterhead.store.database import now


async def bring_back(house: House, account_id: UUID) -> None:
    """A test of the settings as they stand has passed: a paused account goes on, and so does its mail."""
    back = await models.EmailAccount.filter(id=account_id, status=Status.PAUSED.value).update(
        status=Status.READY.value, problem=None, updated_at=now()
    )
    if back:
        await wake_account(house, account_id)
