"""Relations, fetched for a whole operation at once instead of once for each object."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import TypeVar
from uuid import UUID

from letterhead import api_tokens, company
from letterhead.accounts import links, reading, upkeep
from letterhead.audit import reading as audit
from letterhead.directory import people
from letterhead.errors import LetterheadError
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox import reading as messages
from letterhead.schema.loader import Loader, Pages
from letterhead.senders import coverage, gaps, warnings
from letterhead.senders import verbs as senders
from letterhead.senders.rules import Candidate, SenderContext
from letterhead.signin import verbs as flows
from letterhead.store.pages import Page, PageRequest
from letterhead.trials import reading as trials
from letterhead.webhooks import verbs as webhooks
from letterhead.webhooks.webhook import Webhook

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
Searches = Loader[tuple[PageRequest, str | None], Page[T]]
Candidates = Loader[tuple[SenderContext, PageRequest], Page[Candidate]]
Ones = Callable[[Sequence[K]], Awaitable[dict[K, T]]]


async def _load_ones(fetch: Ones[K, T], ids: list[K]) -> list[T | None]:
    found = await fetch(ids)
    return [found.get(one) for one in ids]


async def _load_answers(ask: Callable[[K], Awaitable[T]], keys: list[K]) -> list[T | BaseException]:
    return [await _answered(ask, key) for key in keys]


async def _answered(ask: Callable[[K], Awaitable[T]], key: K) -> T | Exception:
    try:
        return await ask(key)
    except LetterheadError as exc:
        return exc


def _ones(fetch: Ones[K, T]) -> Loader[K, T | None]:
    return Loader(load_fn=partial(_load_ones, fetch))


def _answers(ask: Callable[[K], Awaitable[T]]) -> Loader[K, T]:
    """Each question is asked once; what it raises is raised to all who asked it."""
    return Loader(load_fn=partial(_load_answers, ask))


class Loaders:
    """One for each operation: what was read is not read again within it.

    None of them knows this object: all that an operation has read would wait for the garbage collector.
    """

    def __init__(self, house: House, by: Actor) -> None:
        company_id = by.company_id
        self.companies = _ones(_companies)
        self.accounts = _ones(lambda ids: reading.by_ids(ids, by=by))
        self.candidates: Candidates = _answers(lambda key: senders.candidates(house, *key, by=by))
        self.employees = _ones(lambda ids: people.employees_by_ids(company_id, ids))
        self.groups = _ones(lambda ids: people.groups_by_ids(company_id, ids))
        self.projects = _ones(lambda ids: people.projects_by_ids(company_id, ids))
        self.tests = _ones(lambda ids: trials.by_ids(ids, by=by))
        self.messages = _ones(lambda ids: messages.by_ids(ids, by=by))
        self.api_tokens = _ones(lambda ids: api_tokens.by_ids(ids, by=by))
        self.flows = _ones(lambda ids: flows.show_all(house, ids, by=by))
        self.audit_entries = _ones(lambda ids: audit.by_ids(ids, by=by))
        self.webhooks = _ones(lambda ids: webhooks.by_ids(ids, by=by))
        self.aliases = _ones(lambda ids: reading.aliases_of(company_id, ids))
        self.latest_tests = _ones(lambda ids: trials.latest_of(ids, by=by))
        self.usages = _ones(lambda ids: upkeep.usages(company_id, ids))
        self.recipients = _ones(lambda ids: messages.recipients_of(company_id, ids))
        self.groups_of = Pages(lambda ids, page: people.groups_of(company_id, ids, page))
        self.members_of = Pages(lambda ids, page: people.members_of(company_id, ids, page))
        self.accounts_of_owner = Pages(lambda ids, page: links.of_owners(ids, page, by=by))
        self.accounts_of_project = Pages(lambda ids, page: links.of_projects(ids, page, by=by))
        self.employees_with_access = Pages(
            lambda ids, page: links.employees_with_access(company_id, ids, page)
        )
        self.groups_with_access = Pages(lambda ids, page: links.groups_with_access(company_id, ids, page))
        self.projects_of_account = Pages(lambda ids, page: links.projects_of(company_id, ids, page))
        self.tests_of = Pages(lambda ids, page: trials.tests_of(ids, page, by=by))
        self.attempts_of = Pages(lambda ids, page: messages.attempts_of(company_id, ids, page))
        self._of_company(company_id, by)

    def _of_company(self, company_id: UUID, by: Actor) -> None:
        """A place is a project's id, or None: outside any."""
        self.webhooks_of_company: Loader[PageRequest, Page[Webhook]] = _answers(
            lambda request: webhooks.webhooks(request, by=by)
        )
        self.tokens_of_company: Loader[PageRequest, Page[api_tokens.ApiToken]] = _answers(
            lambda request: api_tokens.listed(request, by=by)
        )
        self.employees_of_company: Searches[people.Employee] = _answers(
            lambda asked: people.employees(company_id, *asked)
        )
        self.groups_of_company: Searches[people.Group] = _answers(
            lambda asked: people.groups(company_id, *asked)
        )
        self.projects_of_company: Searches[people.Project] = _answers(
            lambda asked: people.projects(company_id, *asked)
        )
        self.warnings: Loader[frozenset[str], list[warnings.Warning]] = _answers(
            lambda providers: warnings.company_warnings(company_id, providers)
        )
        self.audit_log: Loader[tuple[audit.AuditFilter, PageRequest], Page[audit.Entry]] = _answers(
            lambda asked: audit.entries(*asked, by=by)
        )
        self.places: Loader[tuple[UUID | None, PageRequest], Page[people.Project | None]] = _answers(
            lambda asked: coverage.places(company_id, *asked)
        )
        self.gap_counts = _ones(lambda places: gaps.count_gaps(company_id, places))
        self.gaps = Pages(lambda places, page: coverage.gaps_of(company_id, places, page))
        self.coverage = Pages(lambda places, page: coverage.people_of(company_id, places, page))


async def _companies(ids: Sequence[UUID]) -> dict[UUID, company.Company]:
    return {one: await company.show(one) for one in ids}
