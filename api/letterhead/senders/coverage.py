"""Who would write as whom in each project, and the gaps: page by page, a few statements for each page."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from letterhead.directory import people
from letterhead.directory.people import Project
from letterhead.senders.facts import no_such
from letterhead.senders.gaps import GAPS, among, tables
from letterhead.senders.offers import first_offers
from letterhead.senders.ranking import Values
from letterhead.senders.rules import Candidate, KnownById, Owner, Policy, Precedence, WhenNotReady, rule_for
from letterhead.store import models
from letterhead.store.database import Row, as_id, select
from letterhead.store.pages import (
    Page,
    PageRequest,
    not_a_cursor,
    number,
    page,
    pages_by_parent,
    ranked,
    read_key,
    shown,
    text,
)
from letterhead.store.where import Where

PLACE_KEY_LENGTH = 3
PERSON_KEY_LENGTH = 2

Place = UUID | None
"""A project's id; None: outside any project."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """``sender``: as whom somebody would write who chooses nothing; None: a gap."""

    employee_id: UUID
    sender: Candidate | None


async def places(company_id: UUID, only: UUID | None, request: PageRequest) -> Page[Project | None]:
    """Outside any project first, then the projects by name. ``only``: this project alone.

    Raises NotAnswerable (NOT_FOUND) for a project that the company does not have.
    """
    if only is not None:
        found = (await people.projects_by_ids(company_id, [only])).get(only)
        if found is None:
            raise no_such("project")
        rows: list[Project | None] = [found] if request.after is None else []
        return page(rows, request, _place_key)
    where, rows = Where(), []
    where.add("company_id = {}", company_id)
    if request.after is None:
        rows.append(None)
    else:
        in_project, name, last = read_key(request.after, number, text, _id_or_nothing)
        if in_project and last is None:
            raise not_a_cursor()
        if in_project:
            where.add("(name, id) > ({}, {})", name, last)
    listed = await select(
        f"SELECT * FROM project WHERE {where} ORDER BY name, id LIMIT {request.first + 1}", *where.values
    )
    rows += map(people.project_from, listed)
    return page(rows, request, _place_key)


def _place_key(project: Project | None) -> tuple[int, str, str]:
    return (1, project.name, str(project.id)) if project else (0, "", "")


def _id_or_nothing(part: str) -> UUID | None:
    return None if part == "" else as_id(part)


async def gaps_of(
    company_id: UUID, in_places: Sequence[Place], request: PageRequest
) -> dict[Place, Page[Entry]]:
    """Those who have no address to write from, by name, in each place. One statement."""
    values = Values()
    wanted = among("p.id", [place for place in in_places if place], values)
    known = tables(company_id, values, projects=wanted, outside=None in in_places)
    after = ""
    if request.after is not None:
        name, last = read_key(request.after, text, as_id)
        after = f"AND (w.name, w.id) > ({values(name)}, {values(last)})"
    rows = await select(
        f"""WITH {known} SELECT * FROM (
            SELECT c.id AS place, w.id, w.name, {ranked("c.id", ("w.name", "w.id"))} AS rank
            FROM {GAPS} WHERE h.employee_id IS NULL {after}
        ) found WHERE rank <= {request.first + 1} ORDER BY rank""",
        *values,
    )
    pages = pages_by_parent(
        rows,
        in_places,
        request,
        parent=lambda row: as_id(row["place"]) if row["place"] else None,
        key=lambda row: (row["name"], str(row["id"])),
    )
    return {place: shown(found, _gap) for place, found in pages.items()}


def _gap(row: Row) -> Entry:
    return Entry(employee_id=as_id(row["id"]), sender=None)


async def people_of(
    company_id: UUID, in_places: Sequence[Place], request: PageRequest
) -> dict[Place, Page[Entry]]:
    """Everybody, by name, with the sender in each place. Three statements."""
    found = await people.employees(company_id, request)
    writers = [employee.id for employee in found.items]
    senders = await _senders(company_id, in_places, writers) if writers else {}
    entries = {
        place: tuple(Entry(employee_id=one, sender=senders.get((place, one))) for one in writers)
        for place in in_places
    }
    return {
        place: Page(items, found.sorted_by, found.has_next, found.has_previous)
        for place, items in entries.items()
    }


async def _senders(
    company_id: UUID, in_places: Sequence[Place], writers: Sequence[UUID]
) -> dict[tuple[Place, UUID], Candidate]:
    company = await models.Company.get(id=company_id).only("precedence", "when_not_ready")
    policy = Policy(
        precedence=Precedence(company.precedence), when_not_ready=WhenNotReady(company.when_not_ready)
    )
    values = Values()
    offers = first_offers(company_id, in_places, writers, policy, values)
    return dict(map(_sender, await select(offers, *values)))


def _sender(row: Row) -> tuple[tuple[Place, UUID], Candidate]:
    place, writer = as_id(row["place"]) if row["place"] else None, as_id(row["writer"])
    owner = Owner.SELF if as_id(row["owner_id"]) == writer else Owner.COMPANY
    candidate = Candidate(
        account=KnownById(as_id(row["id"])),
        from_address=row["address"],
        address_key=row["address_key"],
        display_name=row["display_name"],
        rule=rule_for(owner, everywhere=row["scope_mode"] == "ALL"),
        ready=row["status"] == "READY",
    )
    return (place, writer), candidate
