"""What a change of an account would do, before it is made."""

import strawberry

from letterhead.accounts import foresight
from letterhead.errors import NotAnswerable, ProblemCode, Refused
from letterhead.schema.context import Info
from letterhead.schema.directory import Employee, Project, show_employee, show_project
from letterhead.schema.ids import given_id
from letterhead.schema.inputs import AccessInput, ScopeInput, read_access, read_scope
from letterhead.schema.paging import After, Connection, First, connection
from letterhead.schema.warnings import Warning, show_warnings  # noqa: A004 - the schema's name
from letterhead.senders.impact import Impact, people_losing_access
from letterhead.senders.terms import AccountChange
from letterhead.store.pages import MOST, page_request


@strawberry.input(description="A change of an account that is not made. What is left out stays as it is.")
class PreviewAccountChangeInput:
    account_id: strawberry.ID = strawberry.field(description="The account.")
    access: AccessInput | None = strawberry.field(default=None, description="As in setAccountAccess.")
    scope: ScopeInput | None = strawberry.field(default=None, description="As in setAccountScope.")
    enabled: bool | None = strawberry.field(default=None, description="As in setAccountEnabled.")
    deleted: bool | None = strawberry.field(
        default=None, description="As in deleteEmailAccount, whatever else is given."
    )


@strawberry.type(description="What a change of an account would do.")
class AccountChangeImpact:
    impact: strawberry.Private[Impact]
    queued_messages: int = strawberry.field(
        description="Its messages that could leave now and would be held for a person to decide."
    )

    @strawberry.field(
        description="The projects in which somebody would be left without any address to write from, by name,"
        " at most a hundred."
    )
    async def projects_losing_their_only_sender(self, info: Info) -> list[Project]:
        found = await info.context.loaders.projects.load_many(self.impact.projects[:MOST])
        return [show_project(project) for project in found if project]

    @strawberry.field(
        description="The people, by name, who can write from it somewhere now and could nowhere any more."
    )
    async def employees_losing_access(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[Employee]:
        request = page_request(first, after, key_length=2)
        found = await people_losing_access(self.impact.before, self.impact.after, request)
        return connection(found, show_employee)

    @strawberry.field(description="The warnings that it would cause.")
    async def warnings(self, info: Info) -> list[Warning]:
        return await show_warnings(info, self.impact.warnings)


async def preview(info: Info, given: PreviewAccountChangeInput) -> AccountChangeImpact:
    try:
        account_id = given_id(given.account_id, "EmailAccount", "accountId")
        change = AccountChange(
            access=read_access(given.access) if given.access else None,
            scope=read_scope(given.scope) if given.scope else None,
            enabled=given.enabled,
            deleted=bool(given.deleted),
        )
        impact = await foresight.preview(info.context.house, account_id, change, by=info.context.by)
    except Refused as refused:
        gone = any(problem.code is ProblemCode.NOT_FOUND for problem in refused.problems)
        raise NotAnswerable("NOT_FOUND" if gone else "BAD_INPUT", str(refused)) from None
    return AccountChangeImpact(impact=impact, queued_messages=impact.queued)
