"""Coverage, warnings and previews, compared with what comes out person by person, and with what happens."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letterhead.accounts import foresight, verbs
from letterhead.identity.actor import Actor, Permission
from letterhead.senders import coverage
from letterhead.senders import verbs as senders
from letterhead.senders.gaps import count_gaps
from letterhead.senders.impact import Impact, people_losing_access
from letterhead.senders.rules import Sender, SenderContext
from letterhead.senders.terms import AccountChange
from letterhead.senders.warnings import Warning, company_warnings  # noqa: A004 - the schema's word for it
from letterhead.store import models
from letterhead.store.pages import PageRequest, page_request
from senders.companies import (
    PLACES,
    Change,
    Company,
    Mail,
    after,
    as_asked,
    changes,
    companies,
    losing_people,
    losing_projects,
    mails,
    queued,
    sender,
    warned,
    written,
)
from senders.worlds import PROJECTS, Written
from signin.tried import a_house

HOUSE = a_house()
KNOWN = frozenset({"custom"})
each_example_is_a_company_of_its_own = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)


def manager(there: Written, owner: UUID | None = None) -> Actor:
    """Who may change the account of this owner."""
    return Actor(
        company_id=there.company_id,
        key="token:1",
        name="Manager",
        permissions=frozenset({Permission.MANAGE_COMPANY_ACCOUNTS, Permission.MANAGE_OWN_ACCOUNTS}),
        employee_id=owner,
    )


def told(found: Iterable[Warning], there: Written) -> set[tuple[str, int | None]]:
    """Codes, each with the number of a project or account."""
    numbers = {one: number for kind in (there.projects, there.accounts) for number, one in enumerate(kind)}
    return {
        (one.code.value, numbers[subject] if subject else None)
        for one in found
        for _, subject in (one.subjects or (("", None),))
    }


async def all_pages(there: Written, place: UUID | None, fetch: Any, first: int) -> list[coverage.Entry]:
    items: list[coverage.Entry] = []
    request = PageRequest(first)
    while True:
        page = (await fetch(there.company_id, [place], request))[place]
        items += page.items
        if not page.has_next:
            return items
        request = page_request(first, page.cursors[-1], key_length=coverage.PERSON_KEY_LENGTH)


@given(companies(), st.integers(1, 4))
@each_example_is_a_company_of_its_own
async def test_coverage_is_what_each_person_would_write_from(database: None, company: Company, first: int):
    there = await written(company)
    places = [None if number is None else there.projects[number] for number in PLACES]
    counts = await count_gaps(there.company_id, places)
    for number, place in zip(PLACES, places, strict=True):
        expected = {person: sender(company, person, number) for person in company.people}
        found = {
            there.people.index(entry.employee_id): entry.sender
            and there.accounts.index(entry.sender.account_id)
            for entry in await all_pages(there, place, coverage.people_of, first)
        }
        gaps = [
            there.people.index(entry.employee_id)
            for entry in await all_pages(there, place, coverage.gaps_of, first)
        ]
        assert found == expected
        assert gaps == [person for person, account in expected.items() if account is None]
        assert counts[place] == len(gaps)


@given(companies())
@each_example_is_a_company_of_its_own
async def test_coverage_agrees_with_the_decision_in_every_detail(database: None, company: Company):
    there = await written(company)
    for place in (None, *there.projects):
        for entry in (await coverage.people_of(there.company_id, [place], PageRequest()))[place].items:
            context = SenderContext(project_id=place)
            decided = await senders.decide(
                context, company_id=there.company_id, employee_id=entry.employee_id
            )
            assert entry.sender == (decided.candidate if isinstance(decided, Sender) else None)


@given(companies())
@each_example_is_a_company_of_its_own
async def test_the_company_is_warned_of_all_that_is_so(database: None, company: Company):
    there = await written(company)
    assert told(await company_warnings(there.company_id, KNOWN), there) == warned(company)


with_change = companies().flatmap(
    lambda company: st.tuples(st.just(company), changes(company), mails(company))
)


@given(with_change)
@each_example_is_a_company_of_its_own
async def test_what_is_foreseen_is_what_comes_out_person_by_person(
    database: None, case: tuple[Company, Change, list[Mail]]
):
    company, change, _ = case
    there = await written(company)
    impact = await previewed(there, company, change)
    losing = await people_losing_access(impact.before, impact.after, PageRequest())
    assert [there.people.index(one.id) for one in losing.items] == losing_people(company, change)
    assert [there.projects.index(one) for one in impact.projects] == losing_projects(company, change)
    assert told(impact.warnings, there) == warned(after(company, change)) - warned(company)


@given(with_change)
@each_example_is_a_company_of_its_own
async def test_what_is_foreseen_is_what_happens(database: None, case: tuple[Company, Change, list[Mail]]):
    company, change, mail = case
    there = await written(company)
    messages = [await queued(one, there, company) for one in mail]
    before = told(await company_warnings(there.company_id, KNOWN), there)
    leaving = await may_leave(messages)
    impact = await previewed(there, company, change)
    await make(there, company, change)
    staying = leaving - await may_leave(messages)
    now = told(await company_warnings(there.company_id, KNOWN), there)
    assert told(impact.warnings, there) == now - before
    assert impact.queued == len(staying)
    counts = await count_gaps(there.company_id, there.projects)
    complete = {p for p in range(PROJECTS) if ("PROJECT_WITHOUT_SENDER", p) not in now}
    assert {p for p in range(PROJECTS) if counts[there.projects[p]] == 0} == complete


@given(with_change)
@each_example_is_a_company_of_its_own
async def test_each_change_answers_with_what_it_has_caused(
    database: None, case: tuple[Company, Change, list[Mail]]
):
    company, change, _ = case
    there = await written(company)
    for caused, before, now in await make(there, company, change):
        assert caused == now - before


async def previewed(there: Written, company: Company, change: Change) -> Impact:
    by, account_id = await owner_of(there, company, change), there.accounts[change.account]
    return await foresight.preview(HOUSE, account_id, as_asked(change, there), by=by)


async def owner_of(there: Written, company: Company, change: Change) -> Actor:
    owner = company.world.accounts[change.account].owner
    return manager(there, None if owner is None else there.people[owner])


async def may_leave(messages: list[models.Message]) -> set[UUID]:
    """The messages that a worker would not hold, of those it would take in hand."""
    found = set()
    for queued_one in messages:
        message = await models.Message.get(id=queued_one.id)
        held = await senders.still_allowed(
            company_id=message.company_id,
            account_id=message.account_id,
            from_address=message.from_address,
            employee_id=message.author_id,
            project_id=message.project_id,
        )
        if held is None and message.status in ("QUEUED", "DEFERRED"):
            found.add(message.id)
    return found


async def make(there: Written, company: Company, change: Change) -> list[tuple[set[Any], set[Any], set[Any]]]:
    """Make it, one verb after the other. For each: what it said, and the warnings around it."""
    by, account_id = await owner_of(there, company, change), there.accounts[change.account]
    asked: AccountChange = as_asked(change, there)
    steps = []
    if asked.access is not None:
        steps.append(lambda: verbs.set_access(HOUSE, account_id, asked.access, by=by))
    if asked.scope is not None:
        steps.append(lambda: verbs.set_scope(HOUSE, account_id, asked.scope, by=by))
    if asked.enabled is not None:
        steps.append(lambda: verbs.set_enabled(HOUSE, account_id, enabled=asked.enabled, by=by))
    if asked.deleted:
        steps.append(lambda: verbs.delete(HOUSE, account_id, by=by))
    around = []
    for step in steps:
        before = told(await company_warnings(there.company_id, KNOWN), there)
        caused = told(await step(), there)
        around.append((caused, before, told(await company_warnings(there.company_id, KNOWN), there)))
    return around
