"""The tokens of a company's tools."""

from datetime import datetime
from uuid import UUID

import strawberry

from letterhead import api_tokens
from letterhead.api_tokens import ApiToken as DomainToken
from letterhead.errors import Refused
from letterhead.identity.actor import Permission
from letterhead.schema.context import Info
from letterhead.schema.directory import Employee, show_employee
from letterhead.schema.ids import encode, given_id
from letterhead.schema.node import Node
from letterhead.schema.problems import SettingsError, shown_problems


@strawberry.type(description="What a tool shows to be let in. The token itself cannot be read again.")
class ApiToken(Node):
    employee_id: strawberry.Private[UUID | None]
    name: str = strawberry.field(description="What uses it.")
    permissions: list[Permission] = strawberry.field(description="What it may do.")
    created_at: datetime = strawberry.field(description="When it was made.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, to the minute.")
    expires_at: datetime | None = strawberry.field(description="Until when it is good. Null: until revoked.")

    @strawberry.field(description="The employee it acts as. Null: nobody in particular.")
    async def employee(self, info: Info) -> Employee | None:
        employee = await info.context.loaders.employees.load(self.employee_id) if self.employee_id else None
        return show_employee(employee) if employee else None


@strawberry.input(description="A token for a tool.")
class CreateApiTokenInput:
    name: str = strawberry.field(description="What uses it.")
    permissions: list[Permission] = strawberry.field(
        description="What it may do, which is never more than its maker may hand on."
    )
    employee_id: strawberry.ID | None = strawberry.field(
        default=None, description="The employee it acts as. Left out: nobody in particular."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when it is good. Left out: until revoked."
    )


@strawberry.type(description="The new token, or why there is none.")
class CreateApiTokenPayload:
    api_token: ApiToken | None = strawberry.field(description="The token as it is listed.")
    secret: str | None = strawberry.field(description="The token itself. It is shown this once.")
    errors: list[SettingsError] = strawberry.field(description="What to put right; then nothing was made.")


@strawberry.input(description="Which token.")
class RevokeApiTokenInput:
    token_id: strawberry.ID = strawberry.field(description="Its id.")


@strawberry.type(description="The token that is good no more, or why it is.")
class RevokeApiTokenPayload:
    revoked_id: strawberry.ID | None = strawberry.field(description="Its id.")
    errors: list[SettingsError] = strawberry.field(description="What to put right; then nothing was changed.")


async def create_api_token(info: Info, input: CreateApiTokenInput) -> CreateApiTokenPayload:  # noqa: A002
    try:
        employee_id = given_id(input.employee_id, "Employee", "employeeId") if input.employee_id else None
        token, secret = await api_tokens.create(
            input.name,
            input.permissions,
            employee_id=employee_id,
            expires_at=input.expires_at,
            by=info.context.by,
        )
    except Refused as refused:
        return CreateApiTokenPayload(
            api_token=None, secret=None, errors=shown_problems(refused, SettingsError)
        )
    return CreateApiTokenPayload(api_token=show_token(token), secret=secret, errors=[])


async def revoke_api_token(info: Info, input: RevokeApiTokenInput) -> RevokeApiTokenPayload:  # noqa: A002
    try:
        await api_tokens.revoke(given_id(input.token_id, "ApiToken", "tokenId"), by=info.context.by)
    except Refused as refused:
        return RevokeApiTokenPayload(revoked_id=None, errors=shown_problems(refused, SettingsError))
    return RevokeApiTokenPayload(revoked_id=input.token_id, errors=[])


def show_token(token: DomainToken) -> ApiToken:
    return ApiToken(
        id=encode("ApiToken", token.id),
        employee_id=token.employee_id,
        name=token.name,
        permissions=list(token.permissions),
        created_at=token.created_at,
        last_used_at=token.last_used_at,
        expires_at=token.expires_at,
    )
