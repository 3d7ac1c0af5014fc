"""The page as one writes it with Strawberry and Tortoise: types, resolvers, and a data loader for each
relation, as Strawberry's documentation says. Nobody asks who is calling.

Run by uvicorn; DATABASE_URL says where.
"""

from typing import Annotated, Any
from uuid import UUID

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

from others import tables

Info = strawberry.Info[dict[str, Any], None]


@strawberry.type
class Company:
    id: strawberry.ID
    name: str


@strawberry.type
class Employee:
    id: strawberry.ID
    name: str


@strawberry.type
class Group:
    id: strawberry.ID
    name: str


@strawberry.type
class Project:
    id: strawberry.ID
    name: str


AccountOwner = Annotated[Company | Employee, strawberry.union("AccountOwner")]


@strawberry.type
class EmployeeConnection:
    nodes: list[Employee]


@strawberry.type
class GroupConnection:
    nodes: list[Group]


@strawberry.type
class ProjectConnection:
    nodes: list[Project]


@strawberry.type
class MailServer:
    host: str
    port: int
    security: str


@strawberry.type
class SenderAlias:
    address: str
    display_name: str | None
    proof: str


@strawberry.type
class AccountTest:
    id: strawberry.ID
    status: str


@strawberry.type
class AccountAccess:
    mode: str
    account: strawberry.Private[UUID]

    @strawberry.field
    async def employees(self, info: Info, first: int = 25) -> EmployeeConnection:
        found = await info.context["employees"].load(self.account)
        return EmployeeConnection(nodes=[_named(Employee, one) for one in found[:first]])

    @strawberry.field
    async def groups(self, info: Info, first: int = 25) -> GroupConnection:
        found = await info.context["groups"].load(self.account)
        return GroupConnection(nodes=[_named(Group, one) for one in found[:first]])


@strawberry.type
class ProjectScope:
    mode: str
    account: strawberry.Private[UUID]

    @strawberry.field
    async def projects(self, info: Info, first: int = 25) -> ProjectConnection:
        found = await info.context["projects"].load(self.account)
        return ProjectConnection(nodes=[_named(Project, one) for one in found[:first]])


@strawberry.type
class EmailAccount:
    row: strawberry.Private[tables.EmailAccount]
    id: strawberry.ID
    address: str
    display_name: str | None
    status: str
    address_proof: str
    position: int
    version: int

    @strawberry.field
    def smtp(self) -> MailServer:
        told = self.row.smtp
        return MailServer(host=told["host"], port=told["port"], security=told["security"])

    @strawberry.field
    async def owner(self, info: Info) -> AccountOwner:
        if self.row.employee_id:
            return _named(Employee, await info.context["people"].load(self.row.employee_id))
        return _named(Company, await info.context["companies"].load(self.row.company_id))

    @strawberry.field
    async def aliases(self, info: Info) -> list[SenderAlias]:
        found = await info.context["aliases"].load(self.row.id)
        return [
            SenderAlias(address=one.address, display_name=one.display_name, proof=one.proof) for one in found
        ]

    @strawberry.field
    def access(self) -> AccountAccess:
        return AccountAccess(mode=self.row.access_mode, account=self.row.id)

    @strawberry.field
    def scope(self) -> ProjectScope:
        return ProjectScope(mode=self.row.scope_mode, account=self.row.id)

    @strawberry.field
    async def last_test(self, info: Info) -> AccountTest | None:
        found = await info.context["last_tests"].load(self.row.id)
        return AccountTest(id=strawberry.ID(str(found.id)), status=found.status) if found else None


@strawberry.type
class PageInfo:
    has_next_page: bool


@strawberry.type
class EmailAccountConnection:
    nodes: list[EmailAccount]
    page_info: PageInfo


@strawberry.type
class Query:
    @strawberry.field
    async def email_accounts(self, company: strawberry.ID, first: int = 25) -> EmailAccountConnection:
        found, more = await tables.first_accounts(UUID(company), first)
        return EmailAccountConnection(
            nodes=[_account(row) for row in found], page_info=PageInfo(has_next_page=more)
        )


def _account(row: tables.EmailAccount) -> EmailAccount:
    return EmailAccount(
        row=row,
        id=strawberry.ID(str(row.id)),
        address=row.address,
        display_name=row.display_name,
        status=row.status,
        address_proof=row.proof,
        position=row.position,
        version=row.version,
    )


def _named(kind: Any, row: Any) -> Any:
    return kind(id=strawberry.ID(str(row.id)), name=row.name)


class View(GraphQL[dict[str, Any], None]):
    async def get_context(self, request: Request | WebSocket, response: object) -> dict[str, Any]:
        return {name: DataLoader(load_fn=load) for name, load in tables.LOADS.items()}


app = Starlette(
    routes=[Route("/graphql", View(strawberry.Schema(query=Query)))],
    lifespan=tables.database,
)
