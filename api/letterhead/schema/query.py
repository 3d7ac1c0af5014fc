"""Everything that can be asked."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from letterhead.accounts import listing
from letterhead.accounts.account import Status
from letterhead.accounts.listing import Direction, Level, OrderField
from letterhead.discovery import verbs as discovery
from letterhead.errors import NotAnswerable, Refused, TooOften
from letterhead.identity.actor import Permission
from letterhead.outbox import reading as outbox
from letterhead.schema.accounts import EmailAccount, show_account
from letterhead.schema.ahead import accounts_listed
from letterhead.schema.bad_addresses import known_bad_addresses
from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Diagnosis, show_diagnosis
from letterhead.schema.directory import Company, Employee, show_company, show_employee
from letterhead.schema.discovery import Discovery, show_discovery
from letterhead.schema.ids import row_id
from letterhead.schema.impact import AccountChangeImpact, PreviewAccountChangeInput, preview
from letterhead.schema.inputs import SenderContextInput, read_context
from letterhead.schema.message_filter import MessageFilter, read_message_filter
from letterhead.schema.messages import Message, show_message
from letterhead.schema.node import Node
from letterhead.schema.nodes import fetch, fetch_one
from letterhead.schema.paging import After, Connection, First, connection
from letterhead.schema.providers import Provider, ProviderSearch, show_provider
from letterhead.schema.senders import SenderCandidate, SenderResolution, resolve, show_candidates
from letterhead.senders.rules import SenderContext
from letterhead.store.pages import MOST, not_a_cursor, page, page_request
from letterhead_providers import Provider as DomainProvider
from letterhead_providers import ProviderKind, Stage


@strawberry.type(description="What the caller may still ask for. docs/http.md says how it is counted.")
class RateLimit:
    cost: int = strawberry.field(description="What this operation was counted for.")
    remaining: int = strawberry.field(description="What is left now.")
    reset_at: datetime = strawberry.field(description="When nothing will be missing any more.")


@strawberry.type(description="Who is asking.")
class Viewer:
    permissions: list[Permission] = strawberry.field(description="What the caller may do.")

    @strawberry.field(description="The employee the caller is. Null for a tool.")
    async def employee(self, info: Info) -> Employee | None:
        employee_id = info.context.by.employee_id
        employee = await info.context.loaders.employees.load(employee_id) if employee_id else None
        return show_employee(employee) if employee else None

    @strawberry.field(description="What the caller may still ask for, in all processes of the server.")
    async def rate_limit(self, info: Info) -> RateLimit:
        left = await info.context.door.purses.left(by=info.context.by)
        cost = info.context.cost
        assert cost is not None, "it was counted before anything was executed"
        return RateLimit(cost=cost.points, remaining=left.points, reset_at=left.full_at)


@strawberry.input(description="Which accounts to list. Every condition given must hold.")
class EmailAccountFilter:
    search: str | None = strawberry.field(default=None, description="A part of the address or display name.")
    status: list[Status] | None = strawberry.field(default=None, description="Any of these.")
    level: Level | None = strawberry.field(default=None, description="The company's, or employees' own.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Whose they are.")
    project_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those that serve this project."
    )
    provider_key: str | None = strawberry.field(default=None, description="Those of this mail service.")


@strawberry.input(description="How to sort accounts.")
class EmailAccountOrder:
    field: OrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(description="Which end comes first.")


Context = Annotated[
    SenderContextInput,
    strawberry.argument(name="for", description="Who writes, about what, and what they asked for."),
]


@strawberry.type(description="Everything that can be asked.")
class Query:
    @strawberry.field(description="Anything that has an id. Null: gone, or hidden.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],  # noqa: A002
    ) -> Node | None:
        return await fetch_one(info, id)

    @strawberry.field(description="Several things that have ids, at most 100, in the order of the ids.")
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids.")]
    ) -> list[Node | None]:
        if len(ids) > MOST:
            raise NotAnswerable("BAD_INPUT", f"{len(ids)} ids are too many.", f"Ask for {MOST} at a time.")
        return await fetch(info, ids)

    @strawberry.field(description="Who is asking.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer(permissions=sorted(info.context.by.permissions))

    @strawberry.field(description="The company of whoever is asking.")
    async def company(self, info: Info) -> Company:
        company = await info.context.loaders.companies.load(info.context.by.company_id)
        assert company is not None, "a caller belongs to a company"
        return show_company(company)

    @strawberry.field(description="Mail services this server knows, best known first.")
    def providers(
        self,
        info: Info,
        search: ProviderSearch = None,
        kind: Annotated[ProviderKind | None, strawberry.argument(description="Only of this kind.")] = None,
        first: First = 25,
        after: After = None,
    ) -> Connection[Provider]:
        request = page_request(first, after, key_length=1)
        known = [p for p in info.context.house.catalogue.providers() if _is_wanted(p, search, kind)]
        keys = [provider.key for provider in known]
        if request.after and request.after[0] not in keys:
            raise not_a_cursor()
        start = keys.index(request.after[0]) + 1 if request.after else 0
        rest = known[start : start + first + 1]
        return connection(page(rest, request, lambda provider: [provider.key]), show_provider)

    @strawberry.field(description="A mail service by its key.")
    def provider(
        self, info: Info, key: Annotated[str, strawberry.argument(description="Its key.")]
    ) -> Provider | None:
        provider = info.context.house.catalogue.provider(key)
        return show_provider(provider) if provider else None

    @strawberry.field(
        description="The settings an address most likely needs, and how we know. Touches the network, tries"
        " no secret, saves nothing."
    )
    async def discover(
        self, info: Info, address: Annotated[str, strawberry.argument(description="The address.")]
    ) -> Discovery | None:
        _look_at_servers(info)
        return show_discovery(await discovery.discover(info.context.house, address, by=info.context.by))

    @strawberry.field(description="The accounts that the viewer may know of.")
    async def email_accounts(
        self,
        info: Info,
        filter: Annotated[EmailAccountFilter | None, strawberry.argument(description="Which.")] = None,  # noqa: A002
        order_by: Annotated[
            EmailAccountOrder | None, strawberry.argument(description="In which order.")
        ] = None,
        first: First = 25,
        after: After = None,
    ) -> Connection[EmailAccount]:
        order = (
            listing.AccountOrder(field=order_by.field, direction=order_by.direction)
            if order_by
            else listing.AccountOrder()
        )
        request = page_request(first, after, key_length=len(listing.SORT_KEYS[order.field]))
        wanted = _account_filter(filter) if filter else listing.AccountFilter()
        return connection(await accounts_listed(info, wanted, order, request), show_account)

    @strawberry.field(description="Which account a message would leave from, and why. Sends nothing.")
    async def resolve_sender(self, info: Info, context: Context) -> SenderResolution | None:
        return await resolve(info, _context(context))

    @strawberry.field(
        description="What a composer's From list shows: every address this employee may choose here, the"
        " default first."
    )
    async def available_senders(
        self, info: Info, context: Context, first: First = 25, after: After = None
    ) -> Connection[SenderCandidate] | None:
        return await show_candidates(info, _context(context), first, after)

    @strawberry.field(
        description="What a change of access, projects, state or a deletion would do to people, projects and"
        " queued mail. For who may make it."
    )
    async def preview_account_change(
        self,
        info: Info,
        input: Annotated[PreviewAccountChangeInput, strawberry.argument(description="The change.")],  # noqa: A002
    ) -> AccountChangeImpact | None:
        return await preview(info, input)

    @strawberry.field(description="The messages that the viewer may read, newest first.")
    async def messages(
        self,
        info: Info,
        filter: Annotated[MessageFilter | None, strawberry.argument(description="Which.")] = None,  # noqa: A002
        first: First = 25,
        after: After = None,
    ) -> Connection[Message]:
        request = page_request(first, after, key_length=outbox.KEY_LENGTH)
        wanted = _message_filter(filter) if filter else outbox.MessageFilter()
        return connection(await outbox.messages(wanted, request, by=info.context.by), show_message)

    @strawberry.field(
        description="Paste any mail server's error: what happened, whose move it is, what to do."
    )
    async def explain_reply(
        self,
        info: Info,
        reply: Annotated[str, strawberry.argument(description="The server's words.")],
        provider_key: Annotated[str | None, strawberry.argument(description="Whose server it was.")] = None,
        during: Annotated[Stage | None, strawberry.argument(description="When it was said.")] = None,
    ) -> Diagnosis | None:
        explained = await info.context.house.explainer.explain_text(
            reply, provider_key=provider_key, stage=during
        )
        return show_diagnosis(explained)

    known_bad_addresses = strawberry.field(
        resolver=known_bad_addresses,
        description="Those of some addresses that mail came back from because nobody reads there any more.",
    )


def _look_at_servers(info: Info) -> None:
    try:
        info.context.look_at_servers()
    except Refused as refused:
        raise TooOften(str(refused), seconds=0) from None


def _is_wanted(provider: DomainProvider, search: str | None, kind: ProviderKind | None) -> bool:
    if kind is not None and provider.kind is not kind:
        return False
    part = (search or "").strip().lower()
    return part in provider.name.lower() or part in provider.key or any(part in d for d in provider.domains)


def _filter_id(opaque: strawberry.ID | None, *kinds: str) -> UUID | None:
    if opaque is None:
        return None
    found = next((key for kind in kinds if (key := row_id(opaque, kind))), None)
    if found is None:
        raise NotAnswerable("NOT_FOUND", f"There is no {kinds[0]} with this id.")
    return found


def _account_filter(given: EmailAccountFilter) -> listing.AccountFilter:
    return listing.AccountFilter(
        search=given.search,
        status=tuple(given.status) if given.status is not None else None,
        level=given.level,
        owner_id=_filter_id(given.owner_id, "Company", "Employee"),
        project_id=_filter_id(given.project_id, "Project"),
        provider_key=given.provider_key,
    )


def _message_filter(given: MessageFilter) -> outbox.MessageFilter:
    try:
        return read_message_filter(given, "filter")
    except Refused as refused:
        raise NotAnswerable("NOT_FOUND", str(refused)) from None


def _context(given: SenderContextInput) -> SenderContext:
    try:
        return read_context(given, "for")
    except Refused as refused:
        raise NotAnswerable("NOT_FOUND", str(refused)) from None
