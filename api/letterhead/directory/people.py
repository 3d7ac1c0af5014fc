"""Employees, groups and projects as the house speaks of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import repeat
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from letterhead.directory.rules import is_plain
from letterhead.errors import NotAnswerable
from letterhead.store.database import Row, as_id, as_instant, select
from letterhead.store.pages import Page, PageRequest, page, pages, ranked
from letterhead.store.parts import Found, Given, Part
from letterhead.store.parts import Kind as Column
from letterhead.store.rows import UNREAD, making
from letterhead.store.together import read
from letterhead.store.where import Where, escape_like


class Employee(NamedTuple):
    """``key``: its id, as text. ``left``: when it was removed, as the database says it."""

    key: str
    external_id: str
    name: str
    address: str | None
    left: datetime | str | None = None

    @property
    def id(self) -> UUID:
        return as_id(self.key)

    @property
    def removed_at(self) -> datetime | None:
        """Gone from the directory, in UTC; still named by messages and accounts."""
        return as_instant(self.left) if self.left else None


class Group(NamedTuple):
    """``key``: its id, as text."""

    key: str
    external_id: str
    name: str

    @property
    def id(self) -> UUID:
        return as_id(self.key)


class Project(NamedTuple):
    """``key``: its id, as text."""

    key: str
    external_id: str
    name: str

    @property
    def id(self) -> UUID:
        return as_id(self.key)


class Named(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind(Generic[N]):
    """``link``: the column by which tables of links name it. ``make``: of the values of ``columns``."""

    table: str
    link: str
    columns: dict[str, str]
    make: Callable[[Iterable[Any]], N]

    def seen(self, row: Row) -> N:
        key, *others = [row[column] for column in self.columns]
        return self.make((str(key), *others))

    def read(self, without: frozenset[str]) -> dict[str, str]:
        """The columns but for these, which are neither the id nor the name."""
        return {name: kind for name, kind in self.columns.items() if name not in without}

    def made(self, values: Found, without: frozenset[str]) -> Iterator[N]:
        """Of the values of those that were read."""
        left = iter(values)
        rows = zip(
            *(repeat(UNREAD) if name in without else next(left) for name in self.columns), strict=False
        )
        return map(self.make, rows)


@dataclass(frozen=True, kw_only=True)
class Link:
    """``via``: a table of links, in which ``parent`` is the column of those whose links are looked for."""

    via: str
    parent: str


NOTHING: frozenset[str] = frozenset()
MEMBERS = Link(via="group_member", parent="group_id")
MEMBERSHIPS = Link(via="group_member", parent="employee_id")
NAMED = {"id": Column.WORD, "external_id": Column.TEXT, "name": Column.TEXT}
EMPLOYEE = Kind(
    table="employee",
    link="employee_id",
    columns=NAMED | {"address": Column.TEXT, "removed_at": Column.INSTANT},
    make=making(Employee),
)
GROUP = Kind(table="employee_group", link="group_id", columns=NAMED, make=making(Group))
PROJECT = Kind(table="project", link="project_id", columns=NAMED, make=making(Project))


employee_from, project_from = EMPLOYEE.seen, PROJECT.seen


async def employees(company_id: UUID, request: PageRequest, search: str | None = None) -> Page[Employee]:
    """Those who are not removed, by name; ``search``: a part of the name or address, in any case."""
    where = _of(company_id, search, "name", "address")
    where.add("removed_at IS NULL")
    return await _by_name(EMPLOYEE, where, request)


async def groups(company_id: UUID, request: PageRequest, search: str | None = None) -> Page[Group]:
    return await _by_name(GROUP, _of(company_id, search, "name"), request)


async def projects(company_id: UUID, request: PageRequest, search: str | None = None) -> Page[Project]:
    return await _by_name(PROJECT, _of(company_id, search, "name"), request)


async def employees_by_ids(company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Employee]:
    """Removed ones too. Ids that the company does not have are left out."""
    return await _by_ids(EMPLOYEE, company_id, ids)


async def groups_by_ids(company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Group]:
    return await _by_ids(GROUP, company_id, ids)


async def projects_by_ids(company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Project]:
    return await _by_ids(PROJECT, company_id, ids)


async def members_of(
    company_id: UUID, group_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[Employee]]:
    """A page of each group's members by name, in one statement."""
    return await linked(EMPLOYEE, MEMBERS, group_ids, request, company_id=company_id)


async def groups_of(
    company_id: UUID, employee_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[Group]]:
    """A page of each employee's groups by name, in one statement."""
    return await linked(GROUP, MEMBERSHIPS, employee_ids, request, company_id=company_id)


def _of(company_id: UUID, search: str | None, *columns: str) -> Where:
    where = Where()
    where.add("company_id = {}", company_id)
    if search and not is_plain(search):
        where.add("1 = 0")
    elif search:
        condition = " OR ".join(f"LOWER({column}) LIKE LOWER({{0}}) ESCAPE '!'" for column in columns)
        where.add(condition, f"%{escape_like(search)}%")
    return where


async def _by_name(kind: Kind[N], where: Where, request: PageRequest) -> Page[N]:
    if request.after is not None:
        where.add("(name, id) > ({}, {})", *_name_and_id(request))
    rows = await select(
        f"""SELECT {", ".join(kind.columns)} FROM {kind.table} WHERE {where}
            ORDER BY name, id LIMIT {request.first + 1}""",
        *where.values,
    )
    return page([kind.seen(row) for row in rows], request, _key)


async def _by_ids(kind: Kind[N], company_id: UUID, ids: Sequence[UUID]) -> dict[UUID, N]:
    where = Where()
    where.add("company_id = {}", company_id)
    where.among("id", list(ids))
    rows = await select(f"SELECT {', '.join(kind.columns)} FROM {kind.table} WHERE {where}", *where.values)
    return {found.id: found for found in map(kind.seen, rows)}


async def linked(
    kind: Kind[N], link: Link, parents: Sequence[UUID], request: PageRequest, *, company_id: UUID
) -> dict[UUID, Page[N]]:
    """A page of each parent's people, groups or projects by name, in one statement."""
    given: dict[str, Any] = {"company": company_id, "parents": list(parents)}
    if request.after is not None:
        given["name"], given["last"] = _name_and_id(request)
    found: dict[UUID, Page[N]]
    [found] = await read((links(kind, link, request.first, goes_on=request.after is not None),), given)
    return found


MOST_LINKS = 1000
"""So many are read to be cut into pages here, which costs less than a window where there are few."""


@lru_cache(maxsize=500)
def links(
    kind: Kind[N], link: Link, first: int, *, goes_on: bool = False, without: frozenset[str] = NOTHING
) -> Part:
    """A page of what is linked to each of ``parents``; ``goes_on``: after a ``name`` and the id ``last``.
    ``without``: columns that nobody will ask for."""
    columns = kind.read(without)
    found = f"""FROM {{parents.each}} CROSS JOIN {link.via} m
        JOIN {kind.table} t ON t.company_id = m.company_id AND t.id = m.{kind.link}
        WHERE m.{link.parent} = each.id AND m.company_id = {{company}}
            {"AND (t.name, t.id) > ({name}, {last})" if goes_on else ""}"""
    linked_to = f"SELECT each.number AS parent, {', '.join(f't.{column}' for column in columns)}"
    rank = ranked("each.number", ("t.name", "t.id"))

    def read_them(values: Found, given: Given) -> dict[UUID, Page[N]]:
        numbers, *others = values
        found: list[list[N]] = [[] for _ in given["parents"]]
        for number, one in zip(numbers, kind.made(others, without), strict=True):
            found[number].append(one)
        made = pages(found, first, _key, has_previous=goes_on)
        return dict(zip(given["parents"], made, strict=True))

    few = Part(
        columns={"parent": Column.NUMBER} | columns,
        sql=f"{linked_to} {found}",
        order=("parent", "name", "id"),
        read=read_them,
    )
    many = replace(
        few, sql=f"SELECT * FROM ({linked_to}, {rank} AS rank {found}) ranked WHERE rank <= {first + 1}"
    )
    return replace(few, most=MOST_LINKS, otherwise=many)


@lru_cache
def employees_of_ids(without: frozenset[str] = NOTHING) -> Part:
    """Those whose ids are ``employees``, removed ones too. ``without``: columns that nobody will ask for."""
    columns = EMPLOYEE.read(without)

    def read_them(values: Found, _: Given) -> dict[UUID, Employee]:
        return {one.id: one for one in EMPLOYEE.made(values, without)}

    return Part(
        columns=columns,
        sql=f"""SELECT {", ".join(columns)} FROM employee
            WHERE company_id = {{company}} AND id IN {{employees.all}}""",
        read=read_them,
    )


def _key(item: Named) -> tuple[str, str]:
    return item.name, item.key


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
