"""Which address a message would leave from, and why not the others."""

from typing import Annotated
from uuid import UUID

import strawberry

from letterhead.accounts.account import Account
from letterhead.errors import NotAnswerable
from letterhead.identity.actor import Permission
from letterhead.identity.rules import may_oversee
from letterhead.schema.accounts import EmailAccount, show_account
from letterhead.schema.ahead import accounts_ahead
from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Diagnosis, show_diagnosis
from letterhead.schema.loader import Later
from letterhead.schema.paging import After, Connection, First, connection
from letterhead.schema.scalars import EmailAddress
from letterhead.schema.spoken import spoken
from letterhead.schema.warnings import Warning, warnings_of_company  # noqa: A004 - the schema's name
from letterhead.senders import rules, verbs
from letterhead.senders.listing import CANDIDATE_KEY_LENGTH, EXCLUDED_KEY_LENGTH
from letterhead.senders.rules import ExclusionReason, NoSenderReason, ResolutionRule, SenderContext
from letterhead.store.pages import page_request


@strawberry.type(description="An address that can be chosen here.")
class SenderCandidate:
    account_id: strawberry.Private[UUID]
    from_: EmailAddress = strawberry.field(name="from", description="The address.")
    display_name: str | None = strawberry.field(description="The name shown beside it.")
    rule: ResolutionRule = strawberry.field(description="Why it has its place.")
    ready: bool = strawberry.field(description="Whether it sends just now.")

    @strawberry.field(description="The account it belongs to.", graphql_type=EmailAccount)
    def account(self, info: Info) -> Later[EmailAccount]:
        return info.context.loaders.accounts.then(self.account_id, _show_account)


@strawberry.type(description="An account that cannot be chosen here.")
class ExcludedAccount:
    account_id: strawberry.Private[UUID]
    reason: ExclusionReason = strawberry.field(description="Why.")
    explanation: str = spoken("Why, in plain words.")

    @strawberry.field(description="The account.", graphql_type=EmailAccount)
    def account(self, info: Info) -> Later[EmailAccount]:
        return info.context.loaders.accounts.then(self.account_id, _show_account)


ExcludedField = Connection[ExcludedAccount]


@strawberry.type(description="The address a message would leave from.")
class ResolvedSender:
    context: strawberry.Private[SenderContext]
    account_id: strawberry.Private[UUID]
    from_: EmailAddress = strawberry.field(name="from", description="The address.")
    display_name: str | None = strawberry.field(description="The name shown beside it.")
    rule: ResolutionRule = strawberry.field(description="The rule that decided.")
    explanation: str = spoken("The rule in plain words.")
    ready: bool = strawberry.field(
        description="False: the account is paused or lacks its credential; a message would wait, or be"
        " offered the other candidates."
    )

    @strawberry.field(description="The account it belongs to.", graphql_type=EmailAccount)
    def account(self, info: Info) -> Later[EmailAccount]:
        return info.context.loaders.accounts.then(self.account_id, _show_account)

    @strawberry.field(description="Why it is not ready.")
    async def problem(self, info: Info) -> Diagnosis | None:
        account = _show_account(await info.context.loaders.accounts.load(self.account_id))
        return show_diagnosis(account.account.problem)

    @strawberry.field(description="Every address that can be chosen here, this one first.")
    async def candidates(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[SenderCandidate]:
        return await show_candidates(info, self.context, first, after)

    @strawberry.field(description="Those that cannot be chosen here, as far as the viewer may know of them.")
    async def excluded(self, info: Info, first: First = 25, after: After = None) -> ExcludedField:
        return await _show_excluded(info, self.context, first, after)


@strawberry.type(description="There is no address to write from.")
class NoSender:
    context: strawberry.Private[SenderContext]
    reason: NoSenderReason = strawberry.field(description="Why.")
    explanation: str = spoken("Why, in plain words.")

    @strawberry.field(description="What would help.")
    async def advice(self, info: Info) -> list[Warning]:
        by = info.context.by
        asked = may_oversee(by) or by.may(Permission.SEND_FOR_OTHERS)
        return await warnings_of_company(info) if asked else []

    @strawberry.field(description="Those that cannot be chosen here, as far as the viewer may know of them.")
    async def excluded(self, info: Info, first: First = 25, after: After = None) -> ExcludedField:
        return await _show_excluded(info, self.context, first, after)


SenderResolution = Annotated[
    ResolvedSender | NoSender,
    strawberry.union("SenderResolution", description="Which address, or why there is none."),
]


async def resolve(info: Info, context: SenderContext) -> ResolvedSender | NoSender:
    resolution = await verbs.resolve(info.context.house, context, by=info.context.by)
    if isinstance(resolution, rules.NoSender):
        return NoSender(context=context, reason=resolution.reason, explanation=resolution.explanation)
    return ResolvedSender(
        context=context,
        account_id=resolution.account_id,
        from_=EmailAddress(resolution.from_address),
        display_name=resolution.display_name,
        rule=resolution.rule,
        explanation=resolution.explanation,
        ready=resolution.ready,
    )


async def show_candidates(
    info: Info, context: SenderContext, first: int, after: str | None
) -> Connection[SenderCandidate]:
    request = page_request(first, after, key_length=CANDIDATE_KEY_LENGTH)
    found = await info.context.loaders.candidates.load((context, request))
    await accounts_ahead(info, {one.account_id for one in found.items}, "nodes", "account")
    return connection(found, show_candidate)


def show_candidate(candidate: rules.Candidate) -> SenderCandidate:
    return SenderCandidate(
        account_id=candidate.account_id,
        from_=EmailAddress(candidate.from_address),
        display_name=candidate.display_name,
        rule=candidate.rule,
        ready=candidate.ready,
    )


async def _show_excluded(
    info: Info, context: SenderContext, first: int, after: str | None
) -> Connection[ExcludedAccount]:
    request = page_request(first, after, key_length=EXCLUDED_KEY_LENGTH)
    found = await verbs.excluded(info.context.house, context, request, by=info.context.by)
    await accounts_ahead(info, {one.account_id for one in found.items}, "nodes", "account")
    return connection(
        found,
        lambda one: ExcludedAccount(
            account_id=one.account_id, reason=one.reason, explanation=one.explanation
        ),
    )


def _show_account(account: Account | None) -> EmailAccount:
    if account is None:
        raise NotAnswerable("FORBIDDEN", "Its account is not yours to see.", "Leave account out.")
    return show_account(account)
