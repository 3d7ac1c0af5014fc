"""Changing the company's rules of sending."""

import strawberry

from letterhead.accounts.fields import KEEP
from letterhead.company import IncomingRequirement, PolicyChange, set_policy
from letterhead.errors import Refused
from letterhead.outbox.rules import WhenUncertain
from letterhead.schema.context import Info
from letterhead.schema.directory import SenderPolicy, show_policy
from letterhead.schema.problems import SettingsError, shown_problems
from letterhead.schema.warnings import Warning, show_warnings  # noqa: A004 - the schema's name
from letterhead.senders.rules import Precedence, WhenNotReady


@strawberry.input(description="Rules to change. What is left out is kept.")
class SetPolicyInput:
    precedence: Precedence | None = strawberry.field(default=None, description="Which level comes first.")
    incoming_server: IncomingRequirement | None = strawberry.field(
        default=None, description="Which incoming server accounts need; for those tested from now on."
    )
    when_not_ready: WhenNotReady | None = strawberry.field(
        default=None, description="When the account that should send is paused."
    )
    when_uncertain: WhenUncertain | None = strawberry.field(
        default=None, description="When a server's answer was lost."
    )
    retest_after_days: strawberry.Maybe[int | None] = strawberry.field(
        description="After how many days accounts are tested again, 1 to 365. Null: never by themselves."
    )


@strawberry.type(description="The rules as they are now, or why they were not changed.")
class PolicyPayload:
    policy: SenderPolicy | None = strawberry.field(description="The company's rules of sending.")
    warnings: list[Warning] = strawberry.field(
        description="What this change has caused that would surprise you later."
    )
    errors: list[SettingsError] = strawberry.field(description="What to put right; then nothing was changed.")


async def change_policy(info: Info, input: SetPolicyInput) -> PolicyPayload:  # noqa: A002
    change = PolicyChange(
        precedence=input.precedence,
        incoming_server=input.incoming_server,
        when_not_ready=input.when_not_ready,
        when_uncertain=input.when_uncertain,
        retest_after_days=input.retest_after_days.value if input.retest_after_days else KEEP,
    )
    try:
        policy, caused = await set_policy(change, by=info.context.by)
    except Refused as refused:
        return PolicyPayload(policy=None, warnings=[], errors=shown_problems(refused, SettingsError))
    warnings = await show_warnings(info, caused)
    return PolicyPayload(policy=show_policy(policy), warnings=warnings, errors=[])
