"""What a synchronisation would write, worked out from what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.directory import storing
from letterhead.directory.checking import refuse_unknown_members
from letterhead.directory.rules import (
    Difference,
    DirectorySync,
    GroupEntry,
    ProjectEntry,
    difference,
    is_plain,
)
from letterhead.store.database import Row, as_id


@dataclass(frozen=True, kw_only=True)
class Plan:
    """``ids``: by external id, of what is stored and of what will be. ``names``: as they were.
    ``rows``: what is to be written."""

    difference: Difference
    ids: Mapping[str, UUID]
    names: Mapping[str, str]
    rows: Sequence[Sequence[object]]

    @property
    def removed_ids(self) -> list[UUID]:
        return [self.ids[external_id] for external_id in self.difference.removed]


@dataclass(frozen=True, kw_only=True)
class Members:
    """``gone``: ids of membership rows. ``added``: (id, company, group, employee)."""

    gone: Sequence[UUID]
    added: Sequence[Sequence[UUID]]
    changed_groups: frozenset[UUID]


@dataclass(frozen=True, kw_only=True)
class Planned:
    employees: Plan
    groups: Plan
    projects: Plan
    members: Members

    @property
    def plans(self) -> tuple[Plan, Plan, Plan]:
        return self.employees, self.groups, self.projects


async def planned(command: DirectorySync, company_id: UUID) -> Planned:
    """Raises Refused when a group has a member that is nobody's external id."""
    employees = await _plan_employees(command, company_id)
    groups = await _plan(command.groups, "employee_group", command, company_id)
    projects = await _plan(command.projects, "project", command, company_id)
    members = await _plan_members(command, groups, employees, company_id)
    return Planned(employees=employees, groups=groups, projects=projects, members=members)


async def _plan_employees(command: DirectorySync, company_id: UUID) -> Plan:
    wanted = {entry.external_id: entry for entry in command.employees or ()}
    everybody = command.employees is not None and command.remove_missing
    stored = await storing.rows_of(company_id, "employee", None if everybody else wanted)
    present = [key for key, row in stored.items() if row["removed_at"] is None]
    changes = difference(
        {key: (entry.name, entry.address, None) for key, entry in wanted.items()},
        {key: (row["name"], row["address"], row["removed_at"]) for key, row in stored.items()},
        present if everybody else (),
    )
    ids = _ids(stored, changes)
    rows = [
        (ids[key], company_id, key, wanted[key].name, wanted[key].address, None)
        for key in (*changes.created, *changes.updated)
    ]
    return Plan(difference=changes, ids=ids, names=_names(stored), rows=rows)


async def _plan(
    entries: Sequence[GroupEntry] | Sequence[ProjectEntry] | None,
    table: str,
    command: DirectorySync,
    company_id: UUID,
) -> Plan:
    names = {entry.external_id: entry.name for entry in entries or ()}
    everything = entries is not None and command.remove_missing
    stored = await storing.rows_of(company_id, table, None if everything else names)
    changes = difference(
        names, {key: row["name"] for key, row in stored.items()}, stored if everything else ()
    )
    ids = _ids(stored, changes)
    rows = [(ids[key], company_id, key, names[key]) for key in (*changes.created, *changes.updated)]
    return Plan(difference=changes, ids=ids, names=_names(stored), rows=rows)


def _names(stored: Mapping[str, Row]) -> dict[str, str]:
    return {key: row["name"] for key, row in stored.items()}


def _ids(stored: dict[str, Row], changes: Difference) -> dict[str, UUID]:
    return {key: as_id(row["id"]) for key, row in stored.items()} | {key: uuid7() for key in changes.created}


async def _plan_members(command: DirectorySync, groups: Plan, employees: Plan, company_id: UUID) -> Members:
    entries = command.groups or ()
    people = await _people(command, employees, company_id)
    refuse_unknown_members(entries, people)
    stored = {
        (as_id(row["group_id"]), as_id(row["employee_id"])): as_id(row["id"])
        for row in await storing.memberships_of(company_id, (groups.ids[e.external_id] for e in entries))
    }
    wanted = {
        (groups.ids[entry.external_id], people[member])
        for entry in entries
        for member in entry.member_external_ids
    }
    gone, added = stored.keys() - wanted, wanted - stored.keys()
    return Members(
        gone=[stored[pair] for pair in gone],
        added=[(uuid7(), company_id, *pair) for pair in sorted(added)],
        changed_groups=frozenset(group for group, _ in gone | added),
    )


async def _people(command: DirectorySync, employees: Plan, company_id: UUID) -> dict[str, UUID]:
    """Ids by external id of those who may be members: who is listed, and unless it removes, who is there."""
    people = {entry.external_id: employees.ids[entry.external_id] for entry in command.employees or ()}
    if command.employees is not None and command.remove_missing:
        return people
    others = {
        member for entry in command.groups or () for member in entry.member_external_ids
    } - people.keys()
    rows = await storing.rows_of(company_id, "employee", filter(is_plain, sorted(others)))
    there = {key: as_id(row["id"]) for key, row in rows.items() if row["removed_at"] is None}
    return people | there
