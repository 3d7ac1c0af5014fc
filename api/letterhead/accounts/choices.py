"""Who may use an account, and in which projects: what was entered, checked and written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from tortoise.exceptions import IntegrityError
from uuid_utils.compat import uuid7

from letterhead.accounts.account import Selection
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.store import models
from letterhead.store.database import as_id, select
from letterhead.store.where import Where

MOST_MEMBERS = 10_000


@dataclass(frozen=True, kw_only=True)
class Access:
    mode: Selection
    employee_ids: tuple[UUID, ...] = ()
    group_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scope:
    mode: Selection
    project_ids: tuple[UUID, ...] = ()


async def check_access(company_id: UUID, access: Access, path: tuple[str, ...] = ("access",)) -> None:
    """Raises Refused, naming each id that is not of this company."""
    if access.mode is Selection.ALL and (access.employee_ids or access.group_ids):
        message = "Mode ALL takes no employees or groups; leave them out, or use SELECTED."
        raise Refused(Problem(ProblemCode.INVALID, message, path))
    await _check_members(company_id, "employee", access.employee_ids, (*path, "employeeIds"), "employee")
    await _check_members(company_id, "employee_group", access.group_ids, (*path, "groupIds"), "group")


async def check_scope(company_id: UUID, scope: Scope, path: tuple[str, ...] = ("scope",)) -> None:
    if scope.mode is Selection.ALL and scope.project_ids:
        message = "Mode ALL takes no projects; leave them out, or use SELECTED."
        raise Refused(Problem(ProblemCode.INVALID, message, path))
    await _check_members(company_id, "project", scope.project_ids, (*path, "projectIds"), "project")


@asynccontextmanager
async def checked_again(
    company_id: UUID, access: Access | None = None, scope: Scope | None = None
) -> AsyncIterator[None]:
    """Around a transaction: what was taken out of the directory since it was checked is named. Raises Refused
    in place of the IntegrityError that this leads to."""
    try:
        yield
    except IntegrityError:
        if access:
            await check_access(company_id, access)
        if scope:
            await check_scope(company_id, scope)
        raise


async def write_access(company_id: UUID, account_id: UUID, access: Access) -> None:
    """Within the caller's transaction."""
    await models.AccountEmployee.filter(company_id=company_id, account_id=account_id).delete()
    await models.AccountGroup.filter(company_id=company_id, account_id=account_id).delete()
    await models.AccountEmployee.bulk_create(
        models.AccountEmployee(id=uuid7(), company_id=company_id, account_id=account_id, employee_id=member)
        for member in dict.fromkeys(access.employee_ids)
    )
    await models.AccountGroup.bulk_create(
        models.AccountGroup(id=uuid7(), company_id=company_id, account_id=account_id, group_id=member)
        for member in dict.fromkeys(access.group_ids)
    )


async def write_scope(company_id: UUID, account_id: UUID, scope: Scope) -> None:
    """Within the caller's transaction."""
    await models.AccountProject.filter(company_id=company_id, account_id=account_id).delete()
    await models.AccountProject.bulk_create(
        models.AccountProject(id=uuid7(), company_id=company_id, account_id=account_id, project_id=member)
        for member in dict.fromkeys(scope.project_ids)
    )


async def _check_members(
    company_id: UUID, table: str, ids: tuple[UUID, ...], path: tuple[str, ...], noun: str
) -> None:
    if len(ids) > MOST_MEMBERS:
        raise Refused(Problem(ProblemCode.INVALID, f"At most {MOST_MEMBERS} at a time.", path))
    if not ids:
        return
    where = Where()
    where.add("company_id = {}", company_id)
    where.among("id", list(dict.fromkeys(ids)))
    present = " AND removed_at IS NULL" if table == "employee" else ""
    rows = await select(f"SELECT id FROM {table} WHERE {where}{present}", *where.values)
    known = {as_id(row["id"]) for row in rows}
    problems = [
        Problem(ProblemCode.NOT_FOUND, f"There is no such {noun}.", (*path, str(index)))
        for index, member in enumerate(ids)
        if member not in known
    ]
    if problems:
        raise Refused(*problems)
