"""The host system's directory, mirrored: idempotent, in bulk, all or nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.audit.log import Action, record
from letterhead.directory import storing
from letterhead.directory.checking import checked, refuse_unknown_members
from letterhead.directory.rules import (
    Difference,
    DirectorySync,
    GroupEntry,
    ProjectEntry,
    difference,
    is_plain,
)
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.store.database import Row, as_id, transaction
from letterhead.store.models import Company


@dataclass(frozen=True, kw_only=True)
class SyncResult:
    """How many employees, groups and projects in all. A group whose members change is updated."""

    created: int
    updated: int
    removed: int


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """``ids``: by external id, of what is stored and of what will be. ``rows``: what is to be written."""

    difference: Difference
    ids: dict[str, UUID]
    rows: Sequence[Sequence[Any]]

    @property
    def removed_ids(self) -> list[UUID]:
        return [self.ids[external_id] for external_id in self.difference.removed]


@dataclass(frozen=True, kw_only=True)
class _Members:
    """``gone``: ids of membership rows. ``added``: (id, company, group, employee)."""

    gone: Sequence[UUID]
    added: Sequence[Sequence[UUID]]
    changed_groups: frozenset[UUID]


async def sync(house: House, command: DirectorySync, *, by: Actor) -> SyncResult:
    """Raises Refused with everything that is wrong, up to 50 problems; then nothing was changed."""
    if not by.may(Permission.MANAGE_DIRECTORY):
        message = "Only who manages the directory can change it."
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, message))
    # A hundred thousand addresses take seconds to check: others are answered meanwhile.
    command = await asyncio.to_thread(checked, command)
    async with transaction():
        # One at a time for a company. Without the key's lock, messages can still be queued meanwhile.
        await Company.select_for_update(no_key=True).get(id=by.company_id)
        employees = await _plan_employees(command, by.company_id)
        groups = await _plan(command.groups, "employee_group", command, by.company_id)
        projects = await _plan(command.projects, "project", command, by.company_id)
        members = await _plan_members(command, groups, employees, by.company_id)
        result = _result(employees, groups, projects, members)
        if not command.dry_run and (members.gone or members.added or result != NOTHING):
            await _apply(employees, groups, projects, members, by.company_id)
            summary = (
                f"Synchronised the directory: {result.created} created, {result.updated} updated, "
                f"{result.removed} removed"
            )
            await record(Action.DIRECTORY_SYNCED, summary, by=by)
    return result


NOTHING = SyncResult(created=0, updated=0, removed=0)


async def _plan_employees(command: DirectorySync, company_id: UUID) -> _Plan:
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
    return _Plan(difference=changes, ids=ids, rows=rows)


async def _plan(
    entries: Sequence[GroupEntry] | Sequence[ProjectEntry] | None,
    table: str,
    command: DirectorySync,
    company_id: UUID,
) -> _Plan:
    names = {entry.external_id: entry.name for entry in entries or ()}
    everything = entries is not None and command.remove_missing
    stored = await storing.rows_of(company_id, table, None if everything else names)
    changes = difference(
        names, {key: row["name"] for key, row in stored.items()}, stored if everything else ()
    )
    ids = _ids(stored, changes)
    rows = [(ids[key], company_id, key, names[key]) for key in (*changes.created, *changes.updated)]
    return _Plan(difference=changes, ids=ids, rows=rows)


def _ids(stored: dict[str, Row], changes: Difference) -> dict[str, UUID]:
    return {key: as_id(row["id"]) for key, row in stored.items()} | {key: uuid7() for key in changes.created}


async def _plan_members(
    command: DirectorySync, groups: _Plan, employees: _Plan, company_id: UUID
) -> _Members:
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
    return _Members(
        gone=[stored[pair] for pair in gone],
        added=[(uuid7(), company_id, *pair) for pair in sorted(added)],
        changed_groups=frozenset(group for group, _ in gone | added),
    )


async def _people(command: DirectorySync, employees: _Plan, company_id: UUID) -> dict[str, UUID]:
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


def _result(employees: _Plan, groups: _Plan, projects: _Plan, members: _Members) -> SyncResult:
    changes = [plan.difference for plan in (employees, groups, projects)]
    counted = {groups.ids[key] for key in (*groups.difference.created, *groups.difference.updated)}
    return SyncResult(
        created=sum(len(change.created) for change in changes),
        updated=sum(len(change.updated) for change in changes) + len(members.changed_groups - counted),
        removed=sum(len(change.removed) for change in changes),
    )


async def _apply(
    employees: _Plan, groups: _Plan, projects: _Plan, members: _Members, company_id: UUID
) -> None:
    named = ("id", "company_id", "external_id", "name")
    await storing.put("employee", (*named, "address", "removed_at"), employees.rows)
    await storing.put("employee_group", named, groups.rows)
    await storing.put("project", named, projects.rows)
    await storing.delete(company_id, "group_member", members.gone)
    await storing.add_members(members.added)
    # The links of a group or a project go with it; an account's modes stay, so nothing is widened.
    await storing.delete(company_id, "employee_group", groups.removed_ids)
    await storing.delete(company_id, "project", projects.removed_ids)
    await storing.say_farewell(company_id, employees.removed_ids)
