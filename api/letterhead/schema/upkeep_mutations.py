"""Limits of an account's own, and whether its mail is read for bounces."""

import strawberry

from letterhead.accounts import upkeep
from letterhead.accounts.fields import KEEP
from letterhead.errors import Refused
from letterhead.schema.account_mutations import ACCOUNT, VERSION, EmailAccountPayload, changed, refused_change
from letterhead.schema.context import Info
from letterhead.schema.ids import given_id


@strawberry.input(
    description="Limits of an account's own, never above its mail service's. Left out: kept; null: cleared."
)
class SetAccountLimitsInput:
    account_id: strawberry.ID = strawberry.field(description=ACCOUNT)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    messages_per_minute: strawberry.Maybe[int | None] = strawberry.field(description="Messages a minute.")
    messages_per_day: strawberry.Maybe[int | None] = strawberry.field(description="Messages in 24 hours.")


@strawberry.input(description="Whether an account's incoming mailbox is read for bounces.")
class SetBounceReadingInput:
    account_id: strawberry.ID = strawberry.field(description=ACCOUNT)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    enabled: bool = strawberry.field(description="On or off. Nothing is deleted there.")


async def set_account_limits(info: Info, input: SetAccountLimitsInput) -> EmailAccountPayload:  # noqa: A002
    per_minute, per_day = input.messages_per_minute, input.messages_per_day
    try:
        command = upkeep.SetLimits(
            account_id=given_id(input.account_id, "EmailAccount", "accountId"),
            expected_version=input.expected_version,
            messages_per_minute=per_minute.value if per_minute else KEEP,
            messages_per_day=per_day.value if per_day else KEEP,
        )
        await upkeep.set_limits(info.context.house, command, by=info.context.by)
    except Refused as refused:
        return refused_change(refused)
    return await changed(info, command.account_id)


async def set_bounce_reading(info: Info, input: SetBounceReadingInput) -> EmailAccountPayload:  # noqa: A002
    try:
        account_id = given_id(input.account_id, "EmailAccount", "accountId")
        await upkeep.set_bounce_reading(
            info.context.house,
            account_id,
            enabled=input.enabled,
            expected_version=input.expected_version,
            by=info.context.by,
        )
    except Refused as refused:
        return refused_change(refused)
    return await changed(info, account_id)
