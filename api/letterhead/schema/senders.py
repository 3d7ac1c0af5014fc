"""Which address a message would leave from, and why not the others."""

from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeAlias, cast
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
from letterhead.schema.loaders import Loaders
from letterhead.schema.paging import After, Connection, First, connection
from letterhead.schema.scalars import EmailAddress
from letterhead.schema.senders_asked import Asked, asked_of, asks_for_whole_accounts
from letterhead.schema.shown import shown
from letterhead.schema.spoken import Spoken, spoken
from letterhead.schema.warnings import Warning, warnings_of_company  # noqa: A004 - the schema's name
from letterhead.senders import rules, verbs
from letterhead.senders.listing import CANDIDATE_KEY_LENGTH, EXCLUDED_KEY_LENGTH
from letterhead.senders.rules import ExclusionReason, NoSenderReason, ResolutionRule, SenderContext
from letterhead.store.pages import Page, PageRequest, page_request


@strawberry.type(description="An address that can be chosen here.")
class SenderCandidate:
    from_: EmailAddress = strawberry.field(name="from", description="The address.")
    display_name: str | None = strawberry.field(description="The name shown beside it.")
    rule: ResolutionRule = strawberry.field(description="Why it has its place.")
    ready: bool = strawberry.field(description="Whether it sends just now.")
    account: Later[EmailAccount] = strawberry.field(
        description="The account it belongs to.", graphql_type=EmailAccount
    )


def _explanation(self: "ExcludedAccount") -> str:
    return self.excluded.explanation


@strawberry.type(description="An account that cannot be chosen here.")
class ExcludedAccount:
    excluded: strawberry.Private[verbs.Excluded]
    reason: ExclusionReason = shown("excluded.reason", "Why.")

    explanation: str = strawberry.field(
        resolver=_explanation, description="Why, in plain words.", extensions=[Spoken()]
    )
    account: Later[EmailAccount] = strawberry.field(description="The account.", graphql_type=EmailAccount)


ExcludedField = Connection[ExcludedAccount]
Accounts: TypeAlias = Callable[[UUID], Later[EmailAccount]]
"""From an account's id to what is shown of it."""


@dataclass(frozen=True, kw_only=True)
class FirstPages:
    """What was read with the resolution, as far as it was asked for."""

    asked: Asked
    told: verbs.Told
    loaders: Loaders

    def candidates(self, request: PageRequest) -> Connection[SenderCandidate] | None:
        found = self.told.candidates
        if found is None or request != PageRequest(self.asked.candidates or 0):
            return None
        return _candidates(found, self.accounts("candidates"))

    def excluded(self, request: PageRequest) -> ExcludedField | None:
        found = self.told.excluded
        if found is None or request != PageRequest(self.asked.excluded or 0):
            return None
        return _excluded(found, self.accounts("excluded"))

    def accounts(self, field: str) -> Accounts:
        return _accounts(self.loaders, whole=field in self.asked.whole)


@strawberry.type(description="The address a message would leave from.")
class ResolvedSender:
    context: strawberry.Private[SenderContext]
    first_pages: strawberry.Private[FirstPages]
    account_id: strawberry.Private[UUID]
    from_: EmailAddress = strawberry.field(name="from", description="The address.")
    display_name: str | None = strawberry.field(description="The name shown beside it.")
    rule: ResolutionRule = strawberry.field(description="The rule that decided.")
    explanation: str = spoken("The rule in plain words.")
    ready: bool = strawberry.field(
        description="False: the account is paused or lacks its credential; a message would wait, or be"
        " offered the other candidates."
    )
    account: Later[EmailAccount] = strawberry.field(
        description="The account it belongs to.", graphql_type=EmailAccount
    )

    @strawberry.field(description="Why it is not ready.")
    async def problem(self, info: Info) -> Diagnosis | None:
        account = await info.context.loaders.accounts.load(self.account_id)
        if account is None:
            raise _not_theirs()
        return show_diagnosis(account.problem)

    @strawberry.field(
        description="Every address that can be chosen here, this one first.",
        graphql_type=Connection[SenderCandidate],
    )
    def candidates(
        self, info: Info, first: First = 25, after: After = None
    ) -> Later[Connection[SenderCandidate]]:
        request = page_request(first, after, key_length=CANDIDATE_KEY_LENGTH)
        return self.first_pages.candidates(request) or _more_candidates(info, self.context, request)

    @strawberry.field(
        description="Those that cannot be chosen here, as far as the viewer may know of them.",
        graphql_type=ExcludedField,
    )
    def excluded(self, info: Info, first: First = 25, after: After = None) -> Later[ExcludedField]:
        request = page_request(first, after, key_length=EXCLUDED_KEY_LENGTH)
        return self.first_pages.excluded(request) or _more_excluded(info, self.context, request)


@strawberry.type(description="There is no address to write from.")
class NoSender:
    context: strawberry.Private[SenderContext]
    first_pages: strawberry.Private[FirstPages]
    reason: NoSenderReason = strawberry.field(description="Why.")
    explanation: str = spoken("Why, in plain words.")

    @strawberry.field(description="What would help.")
    async def advice(self, info: Info) -> list[Warning]:
        by = info.context.by
        asked = may_oversee(by) or by.may(Permission.SEND_FOR_OTHERS)
        return await warnings_of_company(info) if asked else []

    @strawberry.field(
        description="Those that cannot be chosen here, as far as the viewer may know of them.",
        graphql_type=ExcludedField,
    )
    def excluded(self, info: Info, first: First = 25, after: After = None) -> Later[ExcludedField]:
        request = page_request(first, after, key_length=EXCLUDED_KEY_LENGTH)
        return self.first_pages.excluded(request) or _more_excluded(info, self.context, request)


SenderResolution = Annotated[
    ResolvedSender | NoSender,
    strawberry.union("SenderResolution", description="Which address, or why there is none."),
]


async def resolve(info: Info, context: SenderContext) -> ResolvedSender | NoSender:
    asked, by = asked_of(info), info.context.by
    told = await verbs.look(
        info.context.house, context, candidates=asked.candidates, excluded=asked.excluded, by=by
    )
    if asked.whole:
        await _accounts_ahead(info, asked.whole, told)
    resolution = told.resolution
    first_pages = FirstPages(asked=asked, told=told, loaders=info.context.loaders)
    if isinstance(resolution, rules.NoSender):
        return NoSender(
            context=context,
            first_pages=first_pages,
            reason=resolution.reason,
            explanation=resolution.explanation,
        )
    return ResolvedSender(
        context=context,
        first_pages=first_pages,
        account_id=resolution.account_id,
        account=first_pages.accounts("account")(resolution.account_id),
        from_=EmailAddress(resolution.from_address),
        display_name=resolution.display_name,
        rule=resolution.rule,
        explanation=resolution.explanation,
        ready=resolution.ready,
    )


async def _accounts_ahead(info: Info, whole: Collection[str], told: verbs.Told) -> None:
    """One statement for the accounts of all that was asked for."""
    paths: dict[tuple[str, ...], set[UUID]] = {}
    if "account" in whole and isinstance(told.resolution, rules.Sender):
        paths["account",] = {told.resolution.account_id}
    if "candidates" in whole and told.candidates:
        paths["candidates", "nodes", "account"] = {one.account_id for one in told.candidates.items}
    if "excluded" in whole and told.excluded:
        paths["excluded", "nodes", "account"] = {one.account_id for one in told.excluded.items}
    ids, loader = list(set().union(*paths.values())), info.context.loaders.accounts
    loader.learn(dict(zip(ids, await loader.load_many(ids), strict=True)))
    for path, of in paths.items():
        await accounts_ahead(info, of, *path)


async def show_candidates(
    info: Info, context: SenderContext, first: int, after: str | None
) -> Connection[SenderCandidate]:
    return await _more_candidates(info, context, page_request(first, after, key_length=CANDIDATE_KEY_LENGTH))


async def _more_candidates(
    info: Info, context: SenderContext, request: PageRequest
) -> Connection[SenderCandidate]:
    found = await info.context.loaders.candidates.load((context, request))
    return _candidates(found, await _accounts_below(info, found.items))


async def _more_excluded(info: Info, context: SenderContext, request: PageRequest) -> ExcludedField:
    found = await verbs.excluded(info.context.house, context, request, by=info.context.by)
    return _excluded(found, await _accounts_below(info, found.items))


async def _accounts_below(info: Info, items: Iterable[rules.Candidate | verbs.Excluded]) -> Accounts:
    """Of the field being resolved, which answers with a connection."""
    whole = asks_for_whole_accounts(info)
    if whole:
        await accounts_ahead(info, {one.account_id for one in items}, "nodes", "account")
    return _accounts(info.context.loaders, whole=whole)


def _candidates(found: Page[rules.Candidate], account: Accounts) -> Connection[SenderCandidate]:
    return connection(found, lambda one: show_candidate(one, account(one.account_id)))


def _excluded(found: Page[verbs.Excluded], account: Accounts) -> ExcludedField:
    return connection(found, lambda one: ExcludedAccount(excluded=one, account=account(one.account_id)))


def show_candidate(candidate: rules.Candidate, account: Later[EmailAccount]) -> SenderCandidate:
    return SenderCandidate(
        account=account,
        from_=EmailAddress(candidate.from_address),
        display_name=candidate.display_name,
        rule=candidate.rule,
        ready=candidate.ready,
    )


@dataclass(frozen=True)
class AccountLater:
    """One that is read where it is asked for, and only then."""

    loaders: Loaders
    account_id: UUID

    def __await__(self) -> Generator[Any, None, EmailAccount]:
        return _show_account((yield from self.loaders.accounts.load(self.account_id).__await__()))


def _accounts(loaders: Loaders, *, whole: bool) -> Accounts:
    """``whole``: they have been read; else nothing but the id is asked of them."""
    return partial(loaders.accounts.then, show=_show_account) if whole else _by_id


def _by_id(account_id: UUID) -> EmailAccount:
    """Of whose account nothing else is asked. Whoever is told of an address may know of its account."""
    return EmailAccount(account=cast("Account", _KnownById(account_id)))


class _KnownById(NamedTuple):
    id: UUID


def _show_account(account: Account | None) -> EmailAccount:
    """GraphQL takes an error that a field answers with as one that was raised there."""
    return show_account(account) if account else cast("EmailAccount", _not_theirs())


def _not_theirs() -> NotAnswerable:
    return NotAnswerable("FORBIDDEN", "Its account is not yours to see.", "Leave account out.")
