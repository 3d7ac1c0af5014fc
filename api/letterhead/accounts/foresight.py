"""What a change would do, asked before it is made, by who may make it."""

from uuid import UUID

from letterhead.accounts import choices
from letterhead.accounts.account import Status
from letterhead.accounts.versions import managed
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.senders.impact import Impact, caused_warnings, foresee
from letterhead.senders.terms import AccountChange, Terms, changed, stored_terms
from letterhead.senders.warnings import Warning  # noqa: A004 - the schema's word for it
from letterhead.store import models


async def preview(house: House, account_id: UUID, change: AccountChange, *, by: Actor) -> Impact:
    """Changes nothing. Raises Refused for what could not be made, and to who may not make it."""
    row = await managed(account_id, None, by=by, to_delete=change.deleted)
    if not change.deleted:
        await check_change(row, change)
    before = stored_terms(row)
    return await foresee(before, _after(row, change), known_providers(house))


async def check_change(row: models.EmailAccount, change: AccountChange) -> None:
    """Raises Refused, naming what cannot be."""
    if change.access is not None:
        if row.employee_id is not None:
            message = "A personal address serves its owner only; its access cannot be set."
            raise Refused(Problem(ProblemCode.INVALID, message, ("access",)))
        await choices.check_access(row.company_id, change.access)
    if change.scope is not None:
        await choices.check_scope(row.company_id, change.scope)


async def warnings_of(house: House, row: models.EmailAccount, change: AccountChange) -> tuple[Warning, ...]:
    """What the change, which is about to be made, will have caused."""
    return await caused_warnings(stored_terms(row), _after(row, change), known_providers(house))


def known_providers(house: House) -> frozenset[str]:
    return frozenset(provider.key for provider in house.catalogue.providers())


def status_when_enabled(row: models.EmailAccount) -> Status:
    if row.credential_kind != "NONE" and row.secret_sealed is None:
        return Status.NEEDS_CREDENTIAL
    return Status.PAUSED if row.problem else Status.READY


def _after(row: models.EmailAccount, change: AccountChange) -> Terms:
    enabled_as = status_when_enabled(row) if row.status == Status.DISABLED.value else Status(row.status)
    return changed(stored_terms(row), change, enabled_as=enabled_as)
