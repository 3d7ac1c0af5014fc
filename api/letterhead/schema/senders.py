"""Which address a message would leave from, and why not the others."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from operator import attrgetter, itemgetter
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import strawberry

from letterhead.accounts.account import Account
from letterhead.errors import NotAnswerable
from letterhead.identity.actor import Permission
from letterhead.identity.rules import may_oversee
from letterhead.schema.accounts import EmailAccount, show_account
from letterhead.schema.ahead import accounts_ahead
from letterhead.schema.compiled.run import Run
from letterhead.schema.compiled.shortcuts import Reading, Wrapping
from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Diagnosis, show_diagnosis
from letterhead.schema.loader import Later, Loader
from letterhead.schema.paging import After, Connection, First, connections
from letterhead.schema.scalars import EmailAddress
from letterhead.schema.senders_asked import Asked, asked_of, asks_for_whole_accounts
from letterhead.schema.shown import reads, shown, wrapping
from letterhead.schema.spoken import Spoken, spoken
from letterhead.schema.warnings import Warning, warnings_of_company  # noqa: A004 - the schema's name
from letterhead.senders import rules, verbs
from letterhead.senders.listing import CANDIDATE_KEY_LENGTH, EXCLUDED_KEY_LENGTH
from letterhead.senders.rules import ExclusionReason, KnownById, NoSenderReason, ResolutionRule, SenderContext
from letterhead.store.pages import FIRST_PAGES, Page, PageRequest, page_request
from letterhead.store.pages import shown as shown_page

AccountLoader: TypeAlias = Loader[UUID, Account | None]
Shown = TypeVar("Shown", rules.Candidate, verbs.Excluded)


class Unread(NamedTuple):
    """An account that is read where it is asked for, if it is the viewer's to see."""

    id: UUID


ACCOUNTS: Mapping[type, Wrapping[EmailAccount]] = {
    KnownById: Wrapping(EmailAccount, "account", KnownById),
    Account: show_account,
}
"""Of one that is known by its id nothing else is asked. Whoever is told of an address may know that."""


def _account(path: str, description: str) -> Any:
    get = attrgetter(path)

    @reads(Reading(path=path, show=ACCOUNTS))
    def read(self: Any, info: Info) -> Any:
        account = get(self)
        show = ACCOUNTS.get(type(account))
        return show(account) if show else info.context.loaders.accounts.then(account.id, _show_account)

    del read.__annotations__["return"]  # the field's own says more
    return strawberry.field(resolver=read, description=description)


@strawberry.type(description="An address that can be chosen here.")
class SenderCandidate:
    candidate: strawberry.Private[rules.Candidate]
    from_: EmailAddress = shown("candidate.from_address", "The address.", name="from")
    display_name: str | None = shown("candidate.display_name", "The name shown beside it.")
    rule: ResolutionRule = shown("candidate.rule", "Why it has its place.")
    ready: bool = shown("candidate.ready", "Whether it sends just now.")
    account: EmailAccount = _account("candidate.account", "The account it belongs to.")


def _explanation(self: "ExcludedAccount") -> str:
    return self.excluded.explanation


@strawberry.type(description="An account that cannot be chosen here.")
class ExcludedAccount:
    excluded: strawberry.Private[verbs.Excluded]
    reason: ExclusionReason = shown("excluded.reason", "Why.")
    explanation: str = strawberry.field(
        resolver=_explanation, description="Why, in plain words.", extensions=[Spoken()]
    )
    account: EmailAccount = _account("excluded.account", "The account.")


show_candidate = wrapping(SenderCandidate, "candidate", rules.Candidate)
_show_excluded = wrapping(ExcludedAccount, "excluded", verbs.Excluded)
_show_candidates, _show_all_excluded = connections(show_candidate), connections(_show_excluded)
ExcludedField = Connection[ExcludedAccount]

FirstPages: TypeAlias = Mapping[tuple[str, PageRequest], Page[Any]]
"""What was read with the resolution, as far as it was asked for, by the names of the fields."""


def _find(field: str, key_length: int) -> Callable[[Run, Mapping[str, Any]], Callable[[FirstPages], Any]]:
    def find(_run: Run, given: Mapping[str, Any]) -> Callable[[FirstPages], Any]:
        request = page_request(given.get("first", 25), given.get("after"), key_length=key_length)
        return itemgetter((field, request))

    return find


EXCLUDED = Reading(path="first_pages", find=_find("excluded", EXCLUDED_KEY_LENGTH), show=_show_all_excluded)
CANDIDATES = Reading(
    path="first_pages", find=_find("candidates", CANDIDATE_KEY_LENGTH), show=_show_candidates
)


@strawberry.type(description="The address a message would leave from.")
class ResolvedSender:
    context: strawberry.Private[SenderContext]
    first_pages: strawberry.Private[FirstPages]
    sender: strawberry.Private[rules.Candidate]
    from_: EmailAddress = shown("sender.from_address", "The address.", name="from")
    display_name: str | None = shown("sender.display_name", "The name shown beside it.")
    rule: ResolutionRule = shown("sender.rule", "The rule that decided.")
    explanation: str = spoken("The rule in plain words.")
    ready: bool = shown(
        "sender.ready",
        "False: the account is paused or lacks its credential; a message would wait, or be offered the other"
        " candidates.",
    )
    account: EmailAccount = _account("sender.account", "The account it belongs to.")

    @strawberry.field(description="Why it is not ready.")
    async def problem(self, info: Info) -> Diagnosis | None:
        account = await info.context.loaders.accounts.load(self.sender.account_id)
        return show_diagnosis(_show_account(account).account.problem)

    @strawberry.field(
        description="Every address that can be chosen here, this one first.",
        graphql_type=Connection[SenderCandidate],
    )
    @reads(CANDIDATES)
    def candidates(
        self, info: Info, first: First = 25, after: After = None
    ) -> Later[Connection[SenderCandidate]]:
        request = page_request(first, after, key_length=CANDIDATE_KEY_LENGTH)
        found = self.first_pages.get(("candidates", request))
        return _show_candidates(found) if found else _more_candidates(info, self.context, request)

    @strawberry.field(
        description="Those that cannot be chosen here, as far as the viewer may know of them.",
        graphql_type=ExcludedField,
    )
    @reads(EXCLUDED)
    def excluded(self, info: Info, first: First = 25, after: After = None) -> Later[ExcludedField]:
        request = page_request(first, after, key_length=EXCLUDED_KEY_LENGTH)
        found = self.first_pages.get(("excluded", request))
        return _show_all_excluded(found) if found else _more_excluded(info, self.context, request)


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
    @reads(EXCLUDED)
    def excluded(self, info: Info, first: First = 25, after: After = None) -> Later[ExcludedField]:
        request = page_request(first, after, key_length=EXCLUDED_KEY_LENGTH)
        found = self.first_pages.get(("excluded", request))
        return _show_all_excluded(found) if found else _more_excluded(info, self.context, request)


SenderResolution = Annotated[
    ResolvedSender | NoSender,
    strawberry.union("SenderResolution", description="Which address, or why there is none."),
]


async def resolve(info: Info, context: SenderContext) -> ResolvedSender | NoSender:
    asked, by = asked_of(info), info.context.by
    told = await verbs.look(
        info.context.house,
        context,
        candidates=asked.candidates,
        excluded=asked.excluded,
        cursors=asked.cursors,
        by=by,
    )
    if asked.whole:
        told = await _with_accounts(info, asked.whole, told)
    resolution, first_pages = told.resolution, _first_pages(told, asked)
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
        sender=resolution.candidate,
        explanation=resolution.explanation,
    )


def _first_pages(told: verbs.Told, asked: Asked) -> FirstPages:
    found: dict[tuple[str, PageRequest], Page[Any]] = {}
    if asked.candidates is not None and told.candidates is not None:
        found["candidates", FIRST_PAGES[asked.candidates]] = told.candidates
    if asked.excluded is not None and told.excluded is not None:
        found["excluded", FIRST_PAGES[asked.excluded]] = told.excluded
    return found


async def _with_accounts(info: Info, whole: Collection[str], told: verbs.Told) -> verbs.Told:
    """One statement for the accounts of all that was asked for, and what is asked of them."""
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
    return _with_those_read(told, whole, loader)


def _with_those_read(told: verbs.Told, whole: Collection[str], loader: AccountLoader) -> verbs.Told:
    resolution, candidates, excluded = told.resolution, told.candidates, told.excluded
    if "account" in whole and isinstance(resolution, rules.Sender):
        resolution = resolution._replace(candidate=_with_account(resolution.candidate, loader))
    if "candidates" in whole and candidates:
        candidates = shown_page(candidates, partial(_with_account, loader=loader))
    if "excluded" in whole and excluded:
        excluded = shown_page(excluded, partial(_with_account, loader=loader))
    return verbs.Told(resolution=resolution, candidates=candidates, excluded=excluded)


def _with_account(one: Shown, loader: AccountLoader) -> Shown:
    """Which has been read ahead."""
    return one._replace(account=loader.at_hand(one.account_id) or Unread(one.account_id))


async def show_candidates(
    info: Info, context: SenderContext, first: int, after: str | None
) -> Connection[SenderCandidate]:
    return await _more_candidates(info, context, page_request(first, after, key_length=CANDIDATE_KEY_LENGTH))


async def _more_candidates(
    info: Info, context: SenderContext, request: PageRequest
) -> Connection[SenderCandidate]:
    found = await info.context.loaders.candidates.load((context, request))
    return _show_candidates(await _with_accounts_below(info, found))


async def _more_excluded(info: Info, context: SenderContext, request: PageRequest) -> ExcludedField:
    found = await verbs.excluded(info.context.house, context, request, by=info.context.by)
    return _show_all_excluded(await _with_accounts_below(info, found))


async def _with_accounts_below(info: Info, found: Page[Shown]) -> Page[Shown]:
    """Of the field being resolved, which answers with a connection."""
    if not found.items or not asks_for_whole_accounts(info):
        return found
    await accounts_ahead(info, {one.account_id for one in found.items}, "nodes", "account")
    return shown_page(found, partial(_with_account, loader=info.context.loaders.accounts))


def _show_account(account: Account | None) -> EmailAccount:
    if account is None:
        raise NotAnswerable("FORBIDDEN", "Its account is not yours to see.", "Leave account out.")
    return show_account(account)
