"""How much an account sends, and may send."""

import strawberry

from letterhead.accounts.account import Account
from letterhead.accounts.upkeep import limits_of
from letterhead.schema.context import Info
from letterhead.schema.providers import SendingLimits, show_limits


@strawberry.type(description="How much an account sends, and may send.")
class AccountUsage:
    account: strawberry.Private[Account]
    sent_today: int = strawberry.field(
        description="Messages, not recipients, that its server has taken and that are done, since midnight in"
        " UTC."
    )
    queued: int = strawberry.field(
        description="Messages that are still to leave; those that are held for a person are not counted."
    )
    reads_bounces: bool = strawberry.field(
        description="Whether its incoming mailbox is read for bounces: its owner's choice, on at first for"
        " the company's accounts."
    )

    @strawberry.field(
        description="What it may send: the stricter of the mail service's limits and its own. Null: nobody"
        " says."
    )
    async def limits(self, info: Info) -> SendingLimits | None:
        limits = await limits_of(info.context.house, self.account)
        return show_limits(limits) if limits else None


async def show_usage(info: Info, account: Account) -> AccountUsage:
    usage = await info.context.loaders.usages.load(account.id)
    assert usage is not None, "every account has one"
    return AccountUsage(
        account=account,
        sent_today=usage.sent_today,
        queued=usage.queued,
        reads_bounces=account.reads_bounces and account.incoming is not None,
    )
