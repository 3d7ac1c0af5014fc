"""Who may change whose addresses."""

from uuid import UUID

from letterhead.identity.actor import Actor, Permission


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
