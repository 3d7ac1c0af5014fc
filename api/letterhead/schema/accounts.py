"""Email accounts, and what is done with them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

import strawberry

from letterhead.accounts.account import Account, AccountAction, CredentialState, Proof, Selection, Status
from letterhead.accounts.account import Alias as DomainAlias
from letterhead.accounts.verbs import viewer_can
from letterhead.company import Company as DomainCompany
from letterhead.directory import people
from letterhead.schema.compiled.run import Run
from letterhead.schema.compiled.shortcuts import Reading, Wrapping
from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Diagnosis, show_diagnosis
from letterhead.schema.directory import (
    Company,
    Employee,
    Group,
    Project,
    show_company,
    show_employee,
    show_group,
    show_project,
)
from letterhead.schema.loaded import loaded, paged
from letterhead.schema.loader import Later
from letterhead.schema.node import Node
from letterhead.schema.paging import After, Connection, First, connection
from letterhead.schema.providers import MailServer, Provider, show_provider, show_server
from letterhead.schema.scalars import EmailAddress
from letterhead.schema.shown import reads, shown, shown_id, wrapping
from letterhead.schema.trials import AccountTest, show_test
from letterhead.schema.usage import AccountUsage, show_usage
from letterhead.store.pages import page_request
from letterhead_providers import CredentialKind

AccountOwner = Annotated[
    Company | Employee, strawberry.union("AccountOwner", description="Whose an account is.")
]


@strawberry.type(description="A further From address of an account.")
class SenderAlias:
    alias: strawberry.Private[DomainAlias]
    address: EmailAddress = shown("alias.address", "The address.")
    display_name: str | None = shown("alias.display_name", "The name shown beside it.")
    proof: Proof = shown("alias.proof", "How far the server lets the account write as it.")
    problem: Diagnosis | None = shown("alias.problem", "Why it was refused.", show_diagnosis)


@strawberry.type(description="Everything about a credential but the secret, which is never shown.")
class CredentialInfo:
    state: strawberry.Private[CredentialState]
    kind: CredentialKind = shown("state.kind", "What one signs in with.")
    present: bool = shown("state.present", "Whether it is at hand.")
    updated_at: datetime | None = shown("state.updated_at", "When it was given.")
    expires_at: datetime | None = shown("state.expires_at", "When it stops working, where that is known.")


@strawberry.type(description="Who may write as a company address.")
class AccountAccess:
    account: strawberry.Private[Account]
    mode: Selection = shown("account.access_mode", "Everybody, or the people and groups named.")

    employees: Connection[Employee] = paged(
        "account.id", "The people named, by name.", attrgetter("employees_with_access"), show_employee
    )
    groups: Connection[Group] = paged(
        "account.id", "The groups named, by name.", attrgetter("groups_with_access"), show_group
    )


@strawberry.type(description="In which projects an address serves.")
class ProjectScope:
    account: strawberry.Private[Account]
    mode: Selection = shown("account.scope_mode", "Everywhere, or in the projects named and nowhere else.")
    projects: Connection[Project] = paged(
        "account.id", "The projects named, by name.", attrgetter("projects_of_account"), show_project
    )


_show_credential = wrapping(CredentialInfo, "state", CredentialState)
_show_access = wrapping(AccountAccess, "account", Account)
_show_scope = wrapping(ProjectScope, "account", Account)
show_alias = wrapping(SenderAlias, "alias", DomainAlias)


def _find_owner(
    run: Run, _given: Mapping[str, Any]
) -> Callable[[Account], DomainCompany | people.Employee | None]:
    loaders, company_id = run.context_value.loaders, run.context_value.by.company_id
    company, employee = loaders.companies.at_hand, loaders.employees.at_hand

    def find(account: Account) -> DomainCompany | people.Employee | None:
        """Nobody is shown another company's accounts."""
        owner: DomainCompany | people.Employee | None
        owner_id = account.employee_id
        owner = company(company_id) if owner_id is None else employee(owner_id)
        return owner

    return find


OWNERS: Mapping[type, Wrapping[Any]] = {DomainCompany: show_company, people.Employee: show_employee}


@strawberry.type(description="An address that mail can be sent from, with its servers.")
class EmailAccount(Node):
    account: strawberry.Private[Account]
    id: strawberry.ID = shown_id("EmailAccount", "account.id")
    address: EmailAddress = shown("account.address", "The address.")
    display_name: str | None = shown("account.display_name", "The name shown beside it.")
    reply_to: EmailAddress | None = shown("account.reply_to", "Where answers go, when not to the address.")
    smtp: MailServer = shown("account.smtp", "The server that sends.", show_server)
    incoming: MailServer | None = shown("account.incoming", "The server that receives.", show_server)
    credential: CredentialInfo = shown("account.credential", "What it signs in with.", _show_credential)
    incoming_credential: CredentialInfo | None = shown(
        "account.incoming_credential",
        "What it signs in to the incoming server with. Null: the same as for sending.",
        _show_credential,
    )
    status: Status = shown("account.status", "Whether it sends.")
    problem: Diagnosis | None = shown("account.problem", "Why it is not ready.", show_diagnosis)
    address_proof: Proof = shown("account.proof", "How far the server lets it write as its address.")
    access: AccountAccess = shown("account", "Who may write as it.", _show_access)
    scope: ProjectScope = shown("account", "In which projects it serves.", _show_scope)
    position: int = shown(
        "account.position", "What its owner's addresses are ordered by; of equal ones the older comes first."
    )
    version: int = shown("account.version", "Counts its changes; for expectedVersion.")
    created_at: datetime = shown("account.created_at", "When it was connected.")
    updated_at: datetime = shown("account.updated_at", "When it was last changed.")

    @strawberry.field(description="Whose it is.", graphql_type=AccountOwner)
    @reads(Reading(path="account", find=_find_owner, show=OWNERS))
    def owner(self, info: Info) -> Later[Company | Employee]:
        loaders = info.context.loaders
        if self.account.employee_id is None:
            return loaders.companies.then(self.account.company_id, _show_owner_company)
        return loaders.employees.then(self.account.employee_id, _show_owner)

    aliases: list[SenderAlias] = loaded(
        "account.id",
        "Further From addresses, each tried by the test; a refused one cannot be chosen.",
        attrgetter("aliases"),
        show_alias,
        each=True,
    )

    @strawberry.field(description="Null when the plugin is no longer installed. The account still sends.")
    def provider(self, info: Info) -> Provider | None:
        provider = info.context.house.catalogue.provider(self.account.provider_key)
        return show_provider(provider) if provider else None

    last_test: AccountTest | None = loaded(
        "account.id",
        "The test that its settings passed, or the latest one since.",
        attrgetter("latest_tests"),
        show_test,
    )

    @strawberry.field(description="Its tests, newest first.")
    async def tests(self, info: Info, first: First = 25, after: After = None) -> Connection[AccountTest]:
        request = page_request(first, after, key_length=1)
        return connection(await info.context.loaders.tests_of[request].load(self.account.id), show_test)

    @strawberry.field(description="How much it sends, and may send.")
    async def usage(self, info: Info) -> AccountUsage:
        return await show_usage(info, self.account)

    @strawberry.field(description="What the viewer may do with it.", graphql_type=list[AccountAction])
    def viewer_can(self, info: Info) -> Later[list[AccountAction]]:
        employee_id, by = self.account.employee_id, info.context.by
        if employee_id is None or employee_id == by.employee_id:
            return list(viewer_can(self.account, by=by))

        def of_owner(owner: people.Employee | None) -> list[AccountAction]:
            left = owner is None or owner.removed_at is not None
            return list(viewer_can(self.account, by=by, owner_left=left))

        return info.context.loaders.employees.then(employee_id, of_owner)


def _show_owner_company(company: DomainCompany | None) -> Company:
    assert company is not None, "an account never outlives its company"
    return show_company(company)


def _show_owner(employee: people.Employee | None) -> Employee:
    assert employee is not None, "an account never outlives its owner's row"
    return show_employee(employee)


show_account = wrapping(EmailAccount, "account", Account)
