"""Relations, fetched for a whole operation at once instead of once for each object."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Generic, TypeVar
from uuid import UUID

from letterhead import api_tokens, company
from letterhead.accounts import links, reading, upkeep
from letterhead.api_tokens import ApiToken
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
from letterhead.senders.warnings import Warning  # noqa: A004 - the schema's name
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


class relation(Generic[T]):  # noqa: N801 - it is written as property is
    """An attribute that is made when it is first asked for."""

    def __init__(self, make: Callable[[House, Actor], T]) -> None:
        self._make = make

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, loaders: "Loaders", _owner: type) -> T:
        made = self._make(loaders.house, loaders.by)
        vars(loaders)[self._name] = made
        return made


class Loaders:
    """One for each operation: what was read is not read again within it. A place is a project's id, or None:
    outside any.

    None of them knows this object: all that an operation has read would wait for the garbage collector.
    """

    def __init__(self, house: House, by: Actor) -> None:
        self.house, self.by = house, by

    companies = relation(lambda house, by: _ones(_companies))
    accounts = relation(lambda house, by: _ones(lambda ids: reading.by_ids(ids, by=by)))
    candidates: relation[Candidates] = relation(
        lambda house, by: _answers(lambda key: senders.candidates(house, *key, by=by))
    )
    employees = relation(lambda house, by: _ones(lambda ids: people.employees_by_ids(by.company_id, ids)))
    groups = relation(lambda house, by: _ones(lambda ids: people.groups_by_ids(by.company_id, ids)))
    projects = relation(lambda house, by: _ones(lambda ids: people.projects_by_ids(by.company_id, ids)))
    tests = relation(lambda house, by: _ones(lambda ids: trials.by_ids(ids, by=by)))
    messages = relation(lambda house, by: _ones(lambda ids: messages.by_ids(ids, by=by)))
    api_tokens = relation(lambda house, by: _ones(lambda ids: api_tokens.by_ids(ids, by=by)))
    flows = relation(lambda house, by: _ones(lambda ids: flows.show_all(house, ids, by=by)))
    audit_entries = relation(lambda house, by: _ones(lambda ids: audit.by_ids(ids, by=by)))
    webhooks = relation(lambda house, by: _ones(lambda ids: webhooks.by_ids(ids, by=by)))
    aliases = relation(lambda house, by: _ones(lambda ids: reading.aliases_of(by.company_id, ids)))
    latest_tests = relation(lambda house, by: _ones(lambda ids: trials.latest_of(ids, by=by)))
    usages = relation(lambda house, by: _ones(lambda ids: upkeep.usages(by.company_id, ids)))
    recipients = relation(lambda house, by: _ones(lambda ids: messages.recipients_of(by.company_id, ids)))
    groups_of = relation(
        lambda house, by: Pages(lambda ids, page: people.groups_of(by.company_id, ids, page))
    )
    members_of = relation(
        lambda house, by: Pages(lambda ids, page: people.members_of(by.company_id, ids, page))
    )
    accounts_of_owner = relation(lambda house, by: Pages(lambda ids, page: links.of_owners(ids, page, by=by)))
    accounts_of_project = relation(
        lambda house, by: Pages(lambda ids, page: links.of_projects(ids, page, by=by))
    )
    employees_with_access = relation(
        lambda house, by: Pages(lambda ids, page: links.employees_with_access(by.company_id, ids, page))
    )
    groups_with_access = relation(
        lambda house, by: Pages(lambda ids, page: links.groups_with_access(by.company_id, ids, page))
    )
    projects_of_account = relation(
        lambda house, by: Pages(lambda ids, page: links.projects_of(by.company_id, ids, page))
    )
    tests_of = relation(lambda house, by: Pages(lambda ids, page: trials.tests_of(ids, page, by=by)))
    attempts_of = relation(
        lambda house, by: Pages(lambda ids, page: messages.attempts_of(by.company_id, ids, page))
    )
    webhooks_of_company: relation[Loader[PageRequest, Page[Webhook]]] = relation(
        lambda house, by: _answers(lambda request: webhooks.webhooks(request, by=by))
    )
    tokens_of_company: relation[Loader[PageRequest, Page[ApiToken]]] = relation(
        lambda house, by: _answers(lambda request: api_tokens.listed(request, by=by))
    )
    employees_of_company: relation[Searches[people.Employee]] = relation(
        lambda house, by: _answers(lambda asked: people.employees(by.company_id, *asked))
    )
    groups_of_company: relation[Searches[people.Group]] = relation(
        lambda house, by: _answers(lambda asked: people.groups(by.company_id, *asked))
    )
    projects_of_company: relation[Searches[people.Project]] = relation(
        lambda house, by: _answers(lambda asked: people.projects(by.company_id, *asked))
    )
    warnings: relation[Loader[frozenset[str], list[Warning]]] = relation(
        lambda house, by: _answers(lambda providers: warnings.company_warnings(by.company_id, providers))
    )
    audit_log: relation[Loader[tuple[audit.AuditFilter, PageRequest], Page[audit.Entry]]] = relation(
        lambda house, by: _answers(lambda asked: audit.entries(*asked, by=by))
    )
    places: relation[Loader[tuple[UUID | None, PageRequest], Page[people.Project | None]]] = relation(
        lambda house, by: _answers(lambda asked: coverage.places(by.company_id, *asked))
    )
    gap_counts = relation(lambda house, by: _ones(lambda places: gaps.count_gaps(by.company_id, places)))
    gaps = relation(
        lambda house, by: Pages(lambda places, page: coverage.gaps_of(by.company_id, places, page))
    )
    coverage = relation(
        lambda house, by: Pages(lambda places, page: coverage.people_of(by.company_id, places, page))
    )


async def _companies(ids: Sequence[UUID]) -> dict[UUID, company.Company]:
    return {one: await company.show(one) for one in ids}
