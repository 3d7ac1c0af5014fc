"""Who may change whose addresses, and hand on which rights."""

from collections.abc import Iterable
from uuid import UUID

from letterhead.identity.actor import Actor, Permission

OVERSEERS = (Permission.MANAGE_COMPANY_ACCOUNTS, Permission.MANAGE_DIRECTORY, Permission.READ_AUDIT)


def may_oversee(by: Actor) -> bool:
    """Whether the caller sees who can write as whom in the whole company, and what would surprise it."""
    return any(by.may(permission) for permission in OVERSEERS)


def may_manage(by: Actor, owner_id: UUID, company_id: UUID) -> bool:
    """``owner_id``: the company's id or an employee's.

    What belongs to an employee is managed by that employee alone: an administrator never comes near the
    secrets of somebody else's mailbox.
    """
    if by.company_id != company_id:
        return False
    if owner_id == company_id:
        return by.may(Permission.MANAGE_COMPANY_ACCOUNTS)
    return by.may(Permission.MANAGE_OWN_ACCOUNTS) and by.employee_id == owner_id


def beyond_grant(
    by: Actor, permissions: Iterable[Permission], employee_id: UUID | None
) -> frozenset[Permission]:
    """Those of ``permissions`` that the maker of a token may not give it: it never holds more than its maker.

    ``employee_id``: whom the token acts as. In somebody else's name one may write only with the right to
    write for others, and what belongs to an employee is that employee's alone.
    """
    held = set(by.permissions)
    if employee_id is None or employee_id != by.employee_id:
        held.discard(Permission.MANAGE_OWN_ACCOUNTS)
    if employee_id is not None and employee_id != by.employee_id and Permission.SEND_FOR_OTHERS not in held:
        held.discard(Permission.SEND)
    return frozenset(permissions) - held
