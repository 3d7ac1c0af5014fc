"""The host system's directory, mirrored: idempotent, in bulk, all or nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from uuid import UUID

from letterhead.audit.log import Action, record
from letterhead.audit.rules import Values, named
from letterhead.directory import leaving, storing
from letterhead.directory.checking import checked
from letterhead.directory.leaving import Leaving
from letterhead.directory.planning import Plan, Planned, planned
from letterhead.directory.rules import DirectorySync
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.outbox.queue import TOPIC
from letterhead.outbox.waking import wake_barred
from letterhead.store.database import now, transaction


@dataclass(frozen=True, kw_only=True)
class SyncResult:
    """How many employees, groups and projects in all. A group whose members change is updated.

    The rest is what follows from who and what is removed. ``accounts_narrowed``: those that fewer people or
    projects use, because somebody or something that they name is gone.
    """

    created: int = 0
    updated: int = 0
    removed: int = 0
    accounts_disabled: int = 0
    accounts_narrowed: int = 0
    messages_held: int = 0
    tokens_revoked: int = 0


async def sync(house: House, command: DirectorySync, *, by: Actor) -> SyncResult:
    """Raises Refused with everything that is wrong, up to 50 problems; then nothing was changed."""
    if not by.may(Permission.MANAGE_DIRECTORY):
        message = "Only who manages the directory can change it."
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, message))
    # A hundred thousand addresses take seconds to check: others are answered meanwhile.
    command = await asyncio.to_thread(checked, command)
    async with transaction():
        await storing.one_at_a_time(by.company_id)
        plan = await planned(command, by.company_id)
        if command.dry_run:
            return _result(plan, await _leaving(plan, by.company_id))
        if _is_nothing(plan):
            return SyncResult()
        gone = await _apply(plan, by=by)
        result = _result(plan, gone)
        await leaving.record_farewell(gone, by=by)
        await record(Action.DIRECTORY_SYNCED, _summary(result), by=by, changes=_changes(plan, result))
    house.news.changed(by.company_id, *gone.messages, TOPIC)
    if result.removed or plan.members.gone:
        await wake_barred(house, by.company_id)
    return result


def _is_nothing(plan: Planned) -> bool:
    return _result(plan, Leaving()) == SyncResult() and not (plan.members.gone or plan.members.added)


def _result(plan: Planned, gone: Leaving) -> SyncResult:
    changes = [each.difference for each in plan.plans]
    groups = plan.groups
    counted = {groups.ids[key] for key in (*groups.difference.created, *groups.difference.updated)}
    return SyncResult(
        created=sum(len(change.created) for change in changes),
        updated=sum(len(change.updated) for change in changes) + len(plan.members.changed_groups - counted),
        removed=sum(len(change.removed) for change in changes),
        accounts_disabled=len(gone.accounts),
        accounts_narrowed=len(gone.narrowed),
        messages_held=len(gone.messages),
        tokens_revoked=gone.tokens,
    )


async def _apply(plan: Planned, *, by: Actor) -> Leaving:
    company_id, at = by.company_id, now()
    common = ("id", "company_id", "external_id", "name")
    await storing.put("employee", (*common, "address", "removed_at"), plan.employees.rows)
    await storing.put("employee_group", common, plan.groups.rows)
    await storing.put("project", common, plan.projects.rows)
    await storing.delete(company_id, "group_member", plan.members.gone)
    await storing.add_members(plan.members.added)
    # Whoever saves an account for somebody at the same moment waits here, and is refused then.
    await storing.mark_removed(company_id, plan.employees.removed_ids, at)
    gone = await _leaving(plan, company_id)
    await leaving.say_farewell(gone, plan.employees.removed_ids, at, company_id=company_id)
    # The links of a group or a project go with it; an account's modes stay, so nothing is widened.
    await storing.delete(company_id, "employee_group", plan.groups.removed_ids)
    await storing.delete(company_id, "project", plan.projects.removed_ids)
    return gone


async def _leaving(plan: Planned, company_id: UUID) -> Leaving:
    return await leaving.foreseen(
        company_id,
        employees=plan.employees.removed_ids,
        groups=plan.groups.removed_ids,
        projects=plan.projects.removed_ids,
    )


def _summary(result: SyncResult) -> str:
    return (
        f"Synchronised the directory: {result.created} created, {result.updated} updated, "
        f"{result.removed} removed"
    )


def _changes(plan: Planned, result: SyncResult) -> Mapping[str, Values]:
    """Who and what has gone and come, as far as that can be read; the rest in numbers."""
    kinds = {"employees": plan.employees, "groups": plan.groups, "projects": plan.projects}
    counts = {name: (None, str(count)) for name, count in asdict(result).items() if count}
    return {kind: _gone_and_come(each) for kind, each in kinds.items()} | counts


def _gone_and_come(plan: Plan) -> Values:
    come = {str(row[2]): str(row[3]) for row in plan.rows}
    return (
        named(f"{plan.names[key]} ({key})" for key in plan.difference.removed),
        named(f"{come[key]} ({key})" for key in plan.difference.created),
    )
