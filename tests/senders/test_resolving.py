from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letterhead.identity.actor import ADMINISTRATOR, EMPLOYEE, Actor
from letterhead.senders import verbs as senders
from letterhead.senders.listing import CANDIDATE_KEY_LENGTH, EXCLUDED_KEY_LENGTH
from letterhead.senders.rules import NoSender
from letterhead.store.pages import PageRequest, page_request
from senders import reference
from senders.made import HOUSE
from senders.worlds import Ask, World, Written, asks, worlds, write

asked_worlds = worlds.flatmap(lambda world: st.tuples(st.just(world), asks(world)))
each_example_is_a_company_of_its_own = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)


@pytest.fixture(params=["few", "many", "many linked and shared"])
def however_many_accounts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ways to find them must give the same."""
    if request.param != "few":
        monkeypatch.setattr("letterhead.senders.few.FEW", 0)
    if request.param == "many linked and shared":
        monkeypatch.setattr("letterhead.senders.facts.MANY", 1)


def administrator(written: Written) -> Actor:
    return Actor(company_id=written.company_id, key="token:1", name="Admin", permissions=ADMINISTRATOR)


def employee(written: Written, number: int) -> Actor:
    one = written.people[number]
    return Actor(
        company_id=written.company_id, key="employee:1", name="E", permissions=EMPLOYEE, employee_id=one
    )


async def all_pages(fetch, key_length: int, first: int) -> list:
    items, request = [], PageRequest(first)
    while True:
        page = await fetch(request)
        assert len(page.items) <= first
        assert page.has_previous == (request.after is not None)
        items += page.items
        if not page.has_next:
            return items
        request = page_request(first, page.cursors[-1], key_length=key_length)


def numbers(written: Written) -> dict[UUID, int]:
    return {account_id: number for number, account_id in enumerate(written.accounts)}


@pytest.mark.usefixtures("however_many_accounts")
@given(asked_worlds)
@each_example_is_a_company_of_its_own
async def test_the_database_leads_to_the_sender_of_the_rules(database: None, asked: tuple[World, Ask]):
    world, ask = asked
    written = await write(world)
    resolution = await senders.resolve(HOUSE, written.context(ask), by=administrator(written))
    if isinstance(resolution, NoSender):
        found = resolution.reason.value
    else:
        number = numbers(written)[resolution.account_id]
        found = (number, resolution.from_address, resolution.rule.value)
        assert resolution.ready == (world.accounts[number].status == "READY")
    assert found == reference.resolve(world, ask)
    assert resolution.explanation


@pytest.mark.usefixtures("however_many_accounts")
@given(asked_worlds, st.integers(1, 4))
@each_example_is_a_company_of_its_own
async def test_candidates_are_paged_in_the_order_of_the_rules(
    database: None, asked: tuple[World, Ask], first: int
):
    world, ask = asked
    written = await write(world)
    context, by = written.context(ask), administrator(written)
    found = await all_pages(
        lambda request: senders.candidates(HOUSE, context, request, by=by), CANDIDATE_KEY_LENGTH, first
    )
    assert [(numbers(written)[one.account_id], one.from_address) for one in found] == reference.candidates(
        world, ask
    )


@pytest.mark.usefixtures("however_many_accounts")
@given(asked_worlds, st.integers(1, 4), st.booleans())
@each_example_is_a_company_of_its_own
async def test_excluded_accounts_are_those_the_viewer_may_know_each_with_its_reason(
    database: None, asked: tuple[World, Ask], first: int, manages: bool
):
    world, ask = asked
    written = await write(world)
    context, by = written.context(ask), administrator(written) if manages else employee(written, ask.person)
    found = await all_pages(
        lambda request: senders.excluded(HOUSE, context, request, by=by), EXCLUDED_KEY_LENGTH, first
    )
    assert [
        (numbers(written)[one.account_id], one.alias, one.reason.value) for one in found
    ] == reference.excluded(world, ask, everything=manages)


@given(asked_worlds)
@each_example_is_a_company_of_its_own
async def test_what_was_decided_is_still_allowed_and_what_cannot_be_chosen_is_not(
    database: None, asked: tuple[World, Ask]
):
    world, ask = asked
    written = await write(world)
    allowed = set(reference.choices(world, ask))
    for number, account in enumerate(world.accounts):
        for address in (account.address, *(alias for alias, _ in account.aliases), "gone@acme.example"):
            because = await senders.still_allowed(
                company_id=written.company_id,
                account_id=written.accounts[number],
                from_address=address,
                employee_id=written.people[ask.person],
                project_id=None if ask.project is None else written.projects[ask.project],
            )
            assert (because is None) == ((number, address) in allowed)
