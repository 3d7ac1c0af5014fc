"""The page as one writes it with Ariadne and Tortoise: the schema first, resolvers bound to it, and a data
loader for each relation, as Ariadne's documentation says. Nobody asks who is calling.

Run by uvicorn in an environment of its own; DATABASE_URL says where.
"""

from pathlib import Path
from typing import Any
from uuid import UUID

from aiodataloader import DataLoader
from ariadne import ObjectType, QueryType, UnionType, load_schema_from_path, make_executable_schema
from ariadne.asgi import GraphQL
from graphql import GraphQLResolveInfo
from starlette.applications import Starlette
from starlette.routing import Route

from others import tables

query = QueryType()
account = ObjectType("EmailAccount")
access = ObjectType("AccountAccess")
scope = ObjectType("ProjectScope")
owner = UnionType("AccountOwner")
account.set_alias("addressProof", "proof")


@query.field("emailAccounts")
async def email_accounts(_: object, _info: GraphQLResolveInfo, company: str, first: int) -> dict[str, Any]:
    found, more = await tables.first_accounts(UUID(company), first)
    return {"nodes": found, "page_info": {"has_next_page": more}}


@account.field("owner")
async def account_owner(row: tables.EmailAccount, info: GraphQLResolveInfo) -> Any:
    if row.employee_id:
        return await info.context["people"].load(row.employee_id)
    return await info.context["companies"].load(row.company_id)


@owner.type_resolver
def kind_of_owner(row: object, *_: object) -> str:
    return type(row).__name__


@account.field("aliases")
async def account_aliases(row: tables.EmailAccount, info: GraphQLResolveInfo) -> Any:
    return await info.context["aliases"].load(row.id)


@account.field("access")
def account_access(row: tables.EmailAccount, _info: GraphQLResolveInfo) -> dict[str, Any]:
    return {"mode": row.access_mode, "account": row.id}


@account.field("scope")
def account_scope(row: tables.EmailAccount, _info: GraphQLResolveInfo) -> dict[str, Any]:
    return {"mode": row.scope_mode, "account": row.id}


@account.field("lastTest")
async def account_last_test(row: tables.EmailAccount, info: GraphQLResolveInfo) -> Any:
    return await info.context["last_tests"].load(row.id)


@access.field("employees")
async def access_employees(of: dict[str, Any], info: GraphQLResolveInfo, first: int) -> dict[str, Any]:
    return {"nodes": (await info.context["employees"].load(of["account"]))[:first]}


@access.field("groups")
async def access_groups(of: dict[str, Any], info: GraphQLResolveInfo, first: int) -> dict[str, Any]:
    return {"nodes": (await info.context["groups"].load(of["account"]))[:first]}


@scope.field("projects")
async def scope_projects(of: dict[str, Any], info: GraphQLResolveInfo, first: int) -> dict[str, Any]:
    return {"nodes": (await info.context["projects"].load(of["account"]))[:first]}


def loaders(_request: object, _data: object = None) -> dict[str, Any]:
    return {name: DataLoader(load) for name, load in tables.LOADS.items()}


schema = make_executable_schema(
    load_schema_from_path(Path(__file__).with_name("schema.graphql")),
    query,
    account,
    access,
    scope,
    owner,
    convert_names_case=True,
)
app = Starlette(
    routes=[Route("/graphql", GraphQL(schema, context_value=loaders))],
    lifespan=tables.database,
)
