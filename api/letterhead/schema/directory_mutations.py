"""Mirroring the host system's directory."""

import strawberry

from letterhead.directory import verbs
from letterhead.directory.rules import DirectorySync, EmployeeEntry, GroupEntry, ProjectEntry
from letterhead.errors import Refused
from letterhead.schema.context import Info
from letterhead.schema.problems import SettingsError, shown_problems

EXTERNAL_ID = "The host system's id."


@strawberry.input(description="A person of the host system.")
class EmployeeInput:
    external_id: str = strawberry.field(description=EXTERNAL_ID)
    name: str = strawberry.field(description="The person's name.")
    address: str | None = strawberry.field(default=None, description="The person's address.")


@strawberry.input(description="A group of the host system.")
class GroupInput:
    external_id: str = strawberry.field(description=EXTERNAL_ID)
    name: str = strawberry.field(description="The group's name.")
    member_external_ids: list[str] = strawberry.field(description="Its members, all of them.")


@strawberry.input(description="A project of the host system.")
class ProjectInput:
    external_id: str = strawberry.field(description=EXTERNAL_ID)
    name: str = strawberry.field(description="The project's name.")


@strawberry.input(description="The directory, or a part of it. A list left out is left alone.")
class SyncDirectoryInput:
    employees: list[EmployeeInput] | None = strawberry.field(default=None, description="People.")
    groups: list[GroupInput] | None = strawberry.field(
        default=None, description="Groups, with their members."
    )
    projects: list[ProjectInput] | None = strawberry.field(default=None, description="Projects.")
    remove_missing: bool = strawberry.field(
        default=False, description="Remove what a given list does not name. Never widens anybody's access."
    )
    dry_run: bool = strawberry.field(default=False, description="Only say what would be done.")


@strawberry.type(description="How much the directory changed, or why it did not.")
class SyncDirectoryPayload:
    created: int = strawberry.field(description="How many are new.")
    updated: int = strawberry.field(description="How many changed.")
    removed: int = strawberry.field(description="How many are gone.")
    accounts_disabled: int = strawberry.field(
        description="How many addresses of people who left were switched off, and their secrets erased."
    )
    accounts_narrowed: int = strawberry.field(
        description="How many addresses fewer people or projects use, because somebody or something they"
        " name is gone."
    )
    messages_held: int = strawberry.field(
        description="How many waiting messages of people who left were set aside."
    )
    tokens_revoked: int = strawberry.field(description="How many tokens of people who left have ended.")
    errors: list[SettingsError] = strawberry.field(description="What to put right; then nothing was done.")


async def sync_directory(info: Info, input: SyncDirectoryInput) -> SyncDirectoryPayload:  # noqa: A002
    try:
        result = await verbs.sync(info.context.house, _command(input), by=info.context.by)
    except Refused as refused:
        return _payload(verbs.SyncResult(), shown_problems(refused, SettingsError))
    return _payload(result, [])


def _payload(result: verbs.SyncResult, errors: list[SettingsError]) -> SyncDirectoryPayload:
    return SyncDirectoryPayload(
        created=result.created,
        updated=result.updated,
        removed=result.removed,
        accounts_disabled=result.accounts_disabled,
        accounts_narrowed=result.accounts_narrowed,
        messages_held=result.messages_held,
        tokens_revoked=result.tokens_revoked,
        errors=errors,
    )


def _command(given: SyncDirectoryInput) -> DirectorySync:
    employees = given.employees
    groups = given.groups
    projects = given.projects
    return DirectorySync(
        employees=None
        if employees is None
        else [EmployeeEntry(external_id=e.external_id, name=e.name, address=e.address) for e in employees],
        groups=None
        if groups is None
        else [
            GroupEntry(
                external_id=g.external_id, name=g.name, member_external_ids=tuple(g.member_external_ids)
            )
            for g in groups
        ],
        projects=None
        if projects is None
        else [ProjectEntry(external_id=p.external_id, name=p.name) for p in projects],
        remove_missing=given.remove_missing,
        dry_run=given.dry_run,
    )
