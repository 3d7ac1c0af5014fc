"""The company and its mirrored directory."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from letterhead import api_tokens
from letterhead.company import Company as DomainCompany
from letterhead.company import IncomingRequirement, Policy
from letterhead.directory import people
from letterhead.identity.rules import may_oversee
from letterhead.outbox.rules import WhenUncertain
from letterhead.schema.context import Info
from letterhead.schema.node import Node
from letterhead.schema.paging import After, Connection, First, connection
from letterhead.schema.scalars import EmailAddress
from letterhead.schema.shown import shown, shown_id, wrapping
from letterhead.schema.warnings import Warning, warnings_of_company  # noqa: A004 - the schema's name
from letterhead.schema.webhooks import Webhook, show_webhook
from letterhead.senders.rules import Precedence, WhenNotReady
from letterhead.store.pages import page_request
from letterhead.webhooks import verbs as webhooks

if TYPE_CHECKING:
    from letterhead.schema.accounts import EmailAccount
    from letterhead.schema.api_tokens import ApiToken
    from letterhead.schema.audit import AuditEntry, AuditFilter
    from letterhead.schema.coverage import ProjectCoverage

Coverage = Annotated["ProjectCoverage", strawberry.lazy("letterhead.schema.coverage")]
Tokens = Annotated["ApiToken", strawberry.lazy("letterhead.schema.api_tokens")]
Accounts = Annotated["EmailAccount", strawberry.lazy("letterhead.schema.accounts")]
Entries = Annotated["AuditEntry", strawberry.lazy("letterhead.schema.audit")]
WhichEntries = Annotated[
    Annotated["AuditFilter", strawberry.lazy("letterhead.schema.audit")] | None,
    strawberry.argument(description="Which."),
]
Search = Annotated[str | None, strawberry.argument(description="A part of the name.")]


@strawberry.type(description="The company's rules of sending.")
class SenderPolicy:
    rules: strawberry.Private[Policy]
    precedence: Precedence = shown("rules.precedence", "Which level comes first.")
    incoming_server: IncomingRequirement = shown(
        "rules.incoming_server", "Which incoming server accounts need."
    )
    when_not_ready: WhenNotReady = shown(
        "rules.when_not_ready", "When the account that should send is paused."
    )
    when_uncertain: WhenUncertain = shown("rules.when_uncertain", "When a server's answer was lost.")
    retest_after_days: int | None = shown(
        "rules.retest_after_days", "After how many days accounts are tested again. Null: never by themselves."
    )


show_policy = wrapping(SenderPolicy, "rules", Policy)


@strawberry.type(description="A company: everything else belongs to one, and sees nothing of another.")
class Company(Node):
    company: strawberry.Private[DomainCompany]
    id: strawberry.ID = shown_id("Company", "company.id")
    name: str = shown("company.name", "Its name.")
    policy: SenderPolicy = shown("company.policy", "Its rules of sending.", show_policy)

    @strawberry.field(description="Its people, by name.")
    async def employees(
        self, info: Info, search: Search = None, first: First = 25, after: After = None
    ) -> Connection["Employee"]:
        request = page_request(first, after, key_length=2)
        return connection(
            await info.context.loaders.employees_of_company.load((request, search)), show_employee
        )

    @strawberry.field(description="Its groups, by name.")
    async def groups(
        self, info: Info, search: Search = None, first: First = 25, after: After = None
    ) -> Connection["Group"]:
        request = page_request(first, after, key_length=2)
        return connection(await info.context.loaders.groups_of_company.load((request, search)), show_group)

    @strawberry.field(description="Its projects, by name.")
    async def projects(
        self, info: Info, search: Search = None, first: First = 25, after: After = None
    ) -> Connection["Project"]:
        request = page_request(first, after, key_length=2)
        return connection(
            await info.context.loaders.projects_of_company.load((request, search)), show_project
        )

    @strawberry.field(
        description="Who would write as whom in each project, and the gaps: work outside any project first,"
        " then the projects by name. For who manages the company's addresses or directory, or reads its audit"
        " log."
    )
    async def coverage(
        self,
        info: Info,
        project_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="This project alone.")
        ] = None,
        first: First = 25,
        after: After = None,
    ) -> Connection[Coverage] | None:
        from letterhead.schema.coverage import show_coverage  # noqa: PLC0415 - it shows employees

        return await show_coverage(info, project_id, first, after)

    @strawberry.field(
        description="What would surprise you later, such as that no address is free of projects. Empty for"
        " who manages neither the company's addresses nor its directory, nor reads its audit log."
    )
    async def warnings(self, info: Info) -> list[Warning]:
        return await warnings_of_company(info) if may_oversee(info.context.by) else []

    @strawberry.field(description="The tokens of its tools, the newest first, for whoever may make them.")
    async def api_tokens(self, info: Info, first: First = 25, after: After = None) -> Connection[Tokens]:
        from letterhead.schema.api_tokens import show_token  # noqa: PLC0415 - a token shows its employee

        request = page_request(first, after, key_length=api_tokens.KEY_LENGTH)
        return connection(await info.context.loaders.tokens_of_company.load(request), show_token)

    @strawberry.field(description="Who did what to what, newest first. It takes READ_AUDIT.")
    async def audit_log(
        self,
        info: Info,
        filter: WhichEntries = None,  # noqa: A002
        first: First = 25,
        after: After = None,
    ) -> Connection[Entries]:
        from letterhead.schema.audit import audit_log  # noqa: PLC0415 - it knows every type

        return await audit_log(info, filter, first, after)

    @strawberry.field(description="Where its events are sent, the oldest first, to whoever manages them.")
    async def webhooks(self, info: Info, first: First = 25, after: After = None) -> Connection[Webhook]:
        request = page_request(first, after, key_length=webhooks.KEY_LENGTH)
        return connection(await info.context.loaders.webhooks_of_company.load(request), show_webhook)


@strawberry.type(description="A person, mirrored from the host system by externalId.")
class Employee(Node):
    employee: strawberry.Private[people.Employee]
    id: strawberry.ID = shown_id("Employee", "employee.key")
    external_id: str = shown("employee.external_id", "The host system's id.")
    name: str = shown("employee.name", "The person's name.")
    address: EmailAddress | None = shown("employee.address", "The person's address in the host system.")

    @strawberry.field(description="The person's groups, by name.")
    async def groups(self, info: Info, first: First = 25, after: After = None) -> Connection["Group"]:
        request = page_request(first, after, key_length=2)
        return connection(await info.context.loaders.groups_of[request].load(self.employee.id), show_group)

    @strawberry.field(description="The person's own addresses, as far as the viewer may know of them.")
    async def email_accounts(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[Accounts]:
        from letterhead.schema.accounts import show_account  # noqa: PLC0415 - the two show each other

        request = page_request(first, after, key_length=3)
        found = await info.context.loaders.accounts_of_owner[request].load(self.employee.id)
        return connection(found, show_account)


@strawberry.type(description="A group of people, mirrored from the host system by externalId.")
class Group(Node):
    group: strawberry.Private[people.Group]
    id: strawberry.ID = shown_id("Group", "group.key")
    external_id: str = shown("group.external_id", "The host system's id.")
    name: str = shown("group.name", "The group's name.")

    @strawberry.field(description="Its members, by name.")
    async def members(self, info: Info, first: First = 25, after: After = None) -> Connection[Employee]:
        request = page_request(first, after, key_length=2)
        return connection(await info.context.loaders.members_of[request].load(self.group.id), show_employee)


@strawberry.type(description="A project, mirrored from the host system by externalId.")
class Project(Node):
    project: strawberry.Private[people.Project]
    id: strawberry.ID = shown_id("Project", "project.key")
    external_id: str = shown("project.external_id", "The host system's id.")
    name: str = shown("project.name", "The project's name.")

    @strawberry.field(description="The addresses linked to it, as far as the viewer may know of them.")
    async def email_accounts(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[Accounts]:
        from letterhead.schema.accounts import show_account  # noqa: PLC0415 - the two show each other

        request = page_request(first, after, key_length=3)
        found = await info.context.loaders.accounts_of_project[request].load(self.project.id)
        return connection(found, show_account)


show_company = wrapping(Company, "company", DomainCompany)
show_employee = wrapping(Employee, "employee", people.Employee)
show_group = wrapping(Group, "group", people.Group)
show_project = wrapping(Project, "project", people.Project)
