"""Accounts by what they are linked to, and back: one statement for any number of parents."""

from collections.abc import Sequence
from uuid import UUID

from letterhead.accounts.account import Account
from letterhead.accounts.reading import COLUMNS, visible
from letterhead.directory import people
from letterhead.identity.actor import Actor
from letterhead.store.database import as_id, select
from letterhead.store.pages import (
    Page,
    PageRequest,
    instant,
    number,
    pages_by_parent,
    ranked,
    read_key,
    shown,
)
from letterhead.store.where import Where

ACCOUNT_KEYS = ("a.position", "a.created_at", "a.id")


async def of_owners(
    owner_ids: Sequence[UUID], request: PageRequest, *, by: Actor
) -> dict[UUID, Page[Account]]:
    """The accounts of each owner that the asker may know of, by position."""
    where = visible(by)
    where.among("a.owner_id", list(owner_ids))
    return await _accounts("email_account a", "a.owner_id", owner_ids, where, request)


async def of_projects(
    project_ids: Sequence[UUID], request: PageRequest, *, by: Actor
) -> dict[UUID, Page[Account]]:
    """The accounts linked to each project that the asker may know of, by position."""
    where = visible(by)
    where.among("ap.project_id", list(project_ids))
    where.add("a.scope_mode = 'SELECTED'")
    source = (
        "email_account a JOIN account_project ap ON ap.company_id = a.company_id AND ap.account_id = a.id"
    )
    return await _accounts(source, "ap.project_id", project_ids, where, request)


async def _accounts(
    source: str, parent: str, parents: Sequence[UUID], where: Where, request: PageRequest
) -> dict[UUID, Page[Account]]:
    if request.after is not None:
        columns = ", ".join(ACCOUNT_KEYS)
        where.add(f"({columns}) > ({{}}, {{}}, {{}})", *read_key(request.after, number, instant, as_id))
    rows = await select(
        f"""
        SELECT * FROM (
            SELECT {COLUMNS}, {parent} AS parent_id, {ranked(parent, ACCOUNT_KEYS)} AS rank
            FROM {source} WHERE {where}
        ) found WHERE rank <= {request.first + 1} ORDER BY rank
        """,
        *where.values,
    )
    pages = pages_by_parent(
        rows,
        parents,
        request,
        parent=lambda row: as_id(row["parent_id"]),
        key=lambda row: [row["position"], row["created_at"], str(row["id"])],
    )
    return {one: shown(found, Account) for one, found in pages.items()}


EMPLOYEES_WITH_ACCESS = people.Link(via="account_employee", parent="account_id")
GROUPS_WITH_ACCESS = people.Link(via="account_group", parent="account_id")
PROJECTS = people.Link(via="account_project", parent="account_id")


async def employees_with_access(
    company_id: UUID, account_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[people.Employee]]:
    """The people named in each account's access, by name."""
    of = EMPLOYEES_WITH_ACCESS
    return await people.linked(people.EMPLOYEE, of, account_ids, request, company_id=company_id)


async def groups_with_access(
    company_id: UUID, account_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[people.Group]]:
    """The groups named in each account's access, by name."""
    of = GROUPS_WITH_ACCESS
    return await people.linked(people.GROUP, of, account_ids, request, company_id=company_id)


async def projects_of(
    company_id: UUID, account_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[people.Project]]:
    """The projects each account is linked to, by name."""
    return await people.linked(people.PROJECT, PROJECTS, account_ids, request, company_id=company_id)
