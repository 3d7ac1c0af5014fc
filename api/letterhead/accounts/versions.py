"""An account's row as somebody read it: changed only by who may, and only if nobody else did meanwhile."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.identity.actor import Actor, Permission
from letterhead.identity.rules import may_manage
from letterhead.store import models
from letterhead.store.database import now


async def managed(
    account_id: UUID, expected_version: int | None, *, by: Actor, to_delete: bool = False
) -> models.EmailAccount:
    """The row of an account that the caller manages. Raises Refused (NOT_FOUND, VERSION_CONFLICT).

    ``to_delete``: who manages the company's addresses may also delete those of people who are gone.
    """
    row = await models.EmailAccount.get_or_none(id=account_id, company_id=by.company_id)
    if row is None or not (
        may_manage(by, row.owner_id, by.company_id) or (to_delete and await _is_left_behind(row, by))
    ):
        raise no_such_account()
    check_version(row, expected_version)
    return row


async def _is_left_behind(row: models.EmailAccount, by: Actor) -> bool:
    if row.employee_id is None or not by.may(Permission.MANAGE_COMPANY_ACCOUNTS):
        return False
    return await models.Employee.exists(
        id=row.employee_id, company_id=by.company_id, removed_at__not_isnull=True
    )


async def write(row: models.EmailAccount, changes: Mapping[str, Any]) -> None:
    """Raises Refused when it is not as it was read any more."""
    written = await models.EmailAccount.filter(id=row.id, version=row.version).update(
        **changes, version=row.version + 1, updated_at=now()
    )
    if not written:
        raise changed_meanwhile()


async def remove(row: models.EmailAccount) -> None:
    """Raises Refused when it is not as it was read any more."""
    if not await models.EmailAccount.filter(id=row.id, version=row.version).delete():
        raise changed_meanwhile()


def check_version(row: models.EmailAccount, expected: int | None) -> None:
    """Raises Refused when somebody else changed the account in between."""
    if expected is not None and expected != row.version:
        message = (
            f"The account is at version {row.version}, not {expected}: somebody changed it; read it again."
        )
        raise Refused(Problem(ProblemCode.VERSION_CONFLICT, message, ("expectedVersion",)))


def no_such_account() -> Refused:
    return Refused(
        Problem(ProblemCode.NOT_FOUND, "There is no such account that you manage.", ("accountId",))
    )


def changed_meanwhile() -> Refused:
    message = "Somebody else changed the account at the same moment; read it again."
    return Refused(Problem(ProblemCode.VERSION_CONFLICT, message, ("expectedVersion",)))
