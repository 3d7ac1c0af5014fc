"""On which terms an account serves: whether at all, whom, and where; as it is, or as it would be."""

from dataclasses import dataclass, replace
from uuid import UUID

from letterhead.accounts.account import Selection, Status
from letterhead.accounts.choices import Access, Scope
from letterhead.senders.gaps import among
from letterhead.senders.ranking import Values
from letterhead.store import models


@dataclass(frozen=True, kw_only=True)
class AccountChange:
    """What is None or False stays as it is. ``deleted`` outweighs all else."""

    access: Access | None = None
    scope: Scope | None = None
    enabled: bool | None = None
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class Terms:
    """``employee_id``: whose own it is, None for the company's. ``status``: None when it is deleted.

    ``access``, ``scope``: those given; None where the stored people, groups and projects count.
    """

    account_id: UUID
    company_id: UUID
    employee_id: UUID | None
    status: Status | None
    access_mode: Selection
    scope_mode: Selection
    access: Access | None = None
    scope: Scope | None = None

    @property
    def serves(self) -> bool:
        return self.status not in (None, Status.DISABLED)

    @property
    def unlinked(self) -> bool:
        """Whether it is an address of the company that is free of projects."""
        return self.serves and self.employee_id is None and self.scope_mode is Selection.ALL


def stored_terms(row: models.EmailAccount) -> Terms:
    return Terms(
        account_id=row.id,
        company_id=row.company_id,
        employee_id=row.employee_id,
        status=Status(row.status),
        access_mode=Selection(row.access_mode),
        scope_mode=Selection(row.scope_mode),
    )


def changed(terms: Terms, change: AccountChange, *, enabled_as: Status) -> Terms:
    """``enabled_as``: the state in which it would be when it is on."""
    after = terms
    if change.access is not None:
        after = replace(after, access_mode=change.access.mode, access=change.access)
    if change.scope is not None:
        after = replace(after, scope_mode=change.scope.mode, scope=change.scope)
    if change.enabled is not None:
        after = replace(after, status=enabled_as if change.enabled else Status.DISABLED)
    return replace(after, status=None) if change.deleted else after


def may_write(terms: Terms, person: str, values: Values) -> str:
    """The condition under which ``person`` has it to write from."""
    if not terms.serves:
        return "1 = 0"
    if terms.employee_id is not None:
        return f"{person} = {values(terms.employee_id)}"
    if terms.access_mode is Selection.ALL:
        return "1 = 1"
    company = values(terms.company_id)
    if terms.access is None:
        account = values(terms.account_id)
        named = f"""SELECT 1 FROM account_employee t_ae
            WHERE t_ae.company_id = {company} AND t_ae.account_id = {account}
              AND t_ae.employee_id = {person}"""
        grouped = f"""SELECT 1 FROM account_group t_ag JOIN group_member t_gm
                ON t_gm.company_id = {company} AND t_gm.group_id = t_ag.group_id
            WHERE t_ag.company_id = {company} AND t_ag.account_id = {account}
              AND t_gm.employee_id = {person}"""
        return f"(EXISTS ({named}) OR EXISTS ({grouped}))"
    grouped = f"""SELECT 1 FROM group_member t_gm WHERE t_gm.company_id = {company}
        AND t_gm.employee_id = {person} AND {among("t_gm.group_id", terms.access.group_ids, values)}"""
    return f"({among(person, terms.access.employee_ids, values)} OR EXISTS ({grouped}))"


def has_somebody(terms: Terms, values: Values) -> str:
    """The condition under which somebody was given it; empty where what is stored decides."""
    if terms.access is None:
        return ""
    if terms.access.employee_ids:
        return "1 = 1"
    groups = among("t_gm.group_id", terms.access.group_ids, values)
    return f"EXISTS (SELECT 1 FROM group_member t_gm WHERE t_gm.company_id = $1 AND {groups})"


def serves_in(terms: Terms, project: str, values: Values) -> str:
    """The condition under which it serves ``project``, of which NULL is none."""
    if terms.scope_mode is Selection.ALL:
        return "1 = 1"
    if terms.scope is not None:
        return among(project, terms.scope.project_ids, values)
    company, account = values(terms.company_id), values(terms.account_id)
    return f"""EXISTS (SELECT 1 FROM account_project t_ap WHERE t_ap.company_id = {company}
        AND t_ap.account_id = {account} AND t_ap.project_id = {project})"""


def serves_anywhere(terms: Terms, values: Values) -> str:
    if terms.scope_mode is Selection.ALL:
        return "1 = 1"
    if terms.scope is not None:
        return "1 = 1" if terms.scope.project_ids else "1 = 0"
    company, account = values(terms.company_id), values(terms.account_id)
    return f"""EXISTS (SELECT 1 FROM account_project t_ap
        WHERE t_ap.company_id = {company} AND t_ap.account_id = {account})"""
