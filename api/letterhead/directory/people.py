"""Employees, groups and projects as the house speaks of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from letterhead.directory.rules import is_plain
from letterhead.errors import NotAnswerable
from letterhead.store.database import Row, as_id, as_instant, select
from letterhead.store.pages import Page, PageRequest, page, pages_by_parent, ranked, shown
from letterhead.store.together import Kind as Column
from letterhead.store.together import Together
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


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[N]):
    """``link``: the column by which tables of links name it."""

    table: str
    link: str
    columns: dict[str, Column]
    view: Callable[[Row], N]


@dataclass(frozen=True, kw_only=True)
class Link:
    """``via``: a table of links, in which ``parent`` is the column of those whose links are looked for."""

    company_id: UUID
    via: str
    parent: str


NAMED = {"id": Column.ID, "external_id": Column.TEXT, "name": Column.TEXT}
EMPLOYEE = Kind(
    table="employee",
    link="employee_id",
    columns=NAMED | {"address": Column.TEXT, "removed_at": Column.INSTANT},
    view=employee_from,
)
GROUP = Kind(table="employee_group", link="group_id", columns=NAMED, view=group_from)
PROJECT = Kind(table="project", link="project_id", columns=NAMED, view=project_from)


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
    link = Link(company_id=company_id, via="group_member", parent="group_id")
    return await linked(EMPLOYEE, link, group_ids, request)


async def groups_of(
    company_id: UUID, employee_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[Group]]:
    """A page of each employee's groups by name, in one statement."""
    link = Link(company_id=company_id, via="group_member", parent="employee_id")
    return await linked(GROUP, link, employee_ids, request)


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
    kind: Kind[N], link: Link, parents: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[N]]:
    """A page of each parent's people, groups or projects by name, in one statement."""
    together = Together()
    add_linked(together, kind, link, parents, request)
    found: dict[UUID, Page[N]]
    [found] = await together.read()
    return found


def add_linked(
    together: Together, kind: Kind[N], link: Link, parents: Sequence[UUID], request: PageRequest
) -> None:
    conditions = [
        f"m.company_id = {together.value(link.company_id)}",
        f"m.{link.parent} {together.among(parents)}",
    ]
    if request.after is not None:
        name, last = _name_and_id(request)
        conditions.append(f"(t.name, t.id) > ({together.value(name)}, {together.value(last)})")
    columns = ", ".join(f"t.{column}" for column in kind.columns)
    sql = f"""SELECT * FROM (
            SELECT {columns}, m.{link.parent} AS parent_id,
                {ranked(f"m.{link.parent}", ("t.name", "t.id"))} AS rank
            FROM {link.via} m JOIN {kind.table} t ON t.company_id = m.company_id AND t.id = m.{kind.link}
            WHERE {" AND ".join(conditions)}
        ) found WHERE rank <= {request.first + 1}"""

    def read(rows: Sequence[Row]) -> dict[UUID, Page[N]]:
        pages = pages_by_parent(
            [(as_id(row["parent_id"]), kind.view(row)) for row in rows],
            parents,
            request,
            parent=lambda found: found[0],
            key=lambda found: _key(found[1]),
        )
        return {one: shown(found, itemgetter(1)) for one, found in pages.items()}

    together.add(kind.columns | {"parent_id": Column.ID}, sql, place="rank", read=read)


def add_employees(together: Together, company_id: UUID, ids: Sequence[UUID]) -> None:
    """By id, removed ones too."""
    sql = f"""SELECT {", ".join(EMPLOYEE.columns)} FROM employee
        WHERE company_id = {together.value(company_id)} AND id {together.among(ids)}"""

    def read(rows: Sequence[Row]) -> dict[UUID, Employee]:
        return {found.id: found for found in map(employee_from, rows)}

    together.add(EMPLOYEE.columns, sql, place="0", read=read)


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
