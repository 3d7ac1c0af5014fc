"""Employees, groups and projects as the house speaks of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from letterhead.directory.rules import is_plain
from letterhead.errors import NotAnswerable
from letterhead.store.database import Row, as_id, as_instant, select
from letterhead.store.pages import Page, PageRequest, page, pages_by_parent, ranked
from letterhead.store.where import Where, escape_like


@dataclass(frozen=True, kw_only=True)
class Employee:
    """``removed_at``: gone from the directory, in UTC; still named by messages and accounts."""

    id: UUID
    external_id: str
    name: str
    address: str | None
    removed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    id: UUID
    external_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Project:
    id: UUID
    external_id: str
    name: str


class Named(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def employee_from(row: Row) -> Employee:
    return Employee(
        id=as_id(row["id"]),
        external_id=row["external_id"],
        name=row["name"],
        address=row["address"],
        removed_at=as_instant(row["removed_at"]) if row["removed_at"] else None,
    )


def group_from(row: Row) -> Group:
    return Group(id=as_id(row["id"]), external_id=row["external_id"], name=row["name"])


def project_from(row: Row) -> Project:
    return Project(id=as_id(row["id"]), external_id=row["external_id"], name=row["name"])


async def employees(company_id: UUID, request: PageRequest, search: str | None = None) -> Page[Employee]:
    """Those who are not removed, by name; ``search``: a part of the name or address, in any case."""
    where = _of(company_id, search, "name", "address")
    where.add("removed_at IS NULL")
    return await _by_name("employee", where, request, employee_from)


async def groups(company_id: UUID, request: PageRequest, search: str | None = None) -> Page[Group]:
    return await _by_name("employee_group", _of(company_id, search, "name"), request, group_from)


async def projects(company_id: UUID, request: PageRequest, search: str | None = None) -> Page[Project]:
    return await _by_name("project", _of(company_id, search, "name"), request, project_from)


async def employees_by_ids(company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Employee]:
    """Removed ones too. Ids that the company does not have are left out."""
    return await _by_ids("employee", company_id, ids, employee_from)


async def groups_by_ids(company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Group]:
    return await _by_ids("employee_group", company_id, ids, group_from)


async def projects_by_ids(company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Project]:
    return await _by_ids("project", company_id, ids, project_from)


async def members_of(
    company_id: UUID, group_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[Employee]]:
    """A page of each group's members by name, in one statement."""
    return await linked(
        table="employee",
        via="group_member",
        link="employee_id",
        parent="group_id",
        company_id=company_id,
        parents=group_ids,
        request=request,
        view=employee_from,
    )


async def groups_of(
    company_id: UUID, employee_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[Group]]:
    """A page of each employee's groups by name, in one statement."""
    return await linked(
        table="employee_group",
        via="group_member",
        link="group_id",
        parent="employee_id",
        company_id=company_id,
        parents=employee_ids,
        request=request,
        view=group_from,
    )


def _of(company_id: UUID, search: str | None, *columns: str) -> Where:
    where = Where()
    where.add("company_id = {}", company_id)
    if search and not is_plain(search):
        where.add("1 = 0")
    elif search:
        condition = " OR ".join(f"LOWER({column}) LIKE LOWER({{0}}) ESCAPE '!'" for column in columns)
        where.add(condition, f"%{escape_like(search)}%")
    return where


async def _by_name(table: str, where: Where, request: PageRequest, view: Callable[[Row], N]) -> Page[N]:
    if request.after is not None:
        where.add("(name, id) > ({}, {})", *_name_and_id(request))
    rows = await select(
        f"SELECT * FROM {table} WHERE {where} ORDER BY name, id LIMIT {request.first + 1}", *where.values
    )
    return page([view(row) for row in rows], request, _key)


async def _by_ids(
    table: str, company_id: UUID, ids: Sequence[UUID], view: Callable[[Row], N]
) -> dict[UUID, N]:
    where = Where()
    where.add("company_id = {}", company_id)
    where.among("id", list(ids))
    rows = await select(f"SELECT * FROM {table} WHERE {where}", *where.values)
    return {found.id: found for found in map(view, rows)}


async def linked(
    *,
    table: str,
    via: str,
    link: str,
    parent: str,
    company_id: UUID,
    parents: Sequence[UUID],
    request: PageRequest,
    view: Callable[[Row], N],
) -> dict[UUID, Page[N]]:
    """A page of each parent's ``table`` by name, in one statement; ``via``: the table that links the two."""
    where = Where()
    where.add("m.company_id = {}", company_id)
    where.among(f"m.{parent}", list(parents))
    if request.after is not None:
        where.add("(t.name, t.id) > ({}, {})", *_name_and_id(request))
    rows = await select(
        f"""SELECT * FROM (
                SELECT t.*, m.{parent} AS parent_id, {ranked(f"m.{parent}", ("t.name", "t.id"))} AS rank
                FROM {via} m JOIN {table} t ON t.company_id = m.company_id AND t.id = m.{link}
                WHERE {where}
            ) found WHERE rank <= {request.first + 1} ORDER BY rank""",
        *where.values,
    )
    pages = pages_by_parent(
        [(as_id(row["parent_id"]), view(row)) for row in rows],
        parents,
        request,
        parent=lambda found: found[0],
        key=lambda found: _key(found[1]),
    )
    return {
        one: Page(tuple(item for _, item in found.items), found.cursors, found.has_next, found.has_previous)
        for one, found in pages.items()
    }


def _key(item: Named) -> tuple[str, str]:
    return item.name, str(item.id)


def _name_and_id(request: PageRequest) -> tuple[str, UUID]:
    assert request.after is not None
    name, last = map(str, request.after)
    try:
        last_id = as_id(last)
    except ValueError:
        last_id = None
    if last_id is None or not is_plain(name):
        raise NotAnswerable(
            "BAD_INPUT", "after is not a cursor of this list.", "Take it from pageInfo.endCursor or an edge."
        )
    return name, last_id
