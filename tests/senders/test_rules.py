from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from letterhead.senders.rules import (
    NoSender,
    Policy,
    Precedence,
    WhenNotReady,
    candidates_of,
    decide,
    exclusion,
    ranked,
)
from senders import reference
from senders.worlds import Ask, World, asks, facts, wish, worlds

asked_worlds = worlds.flatmap(lambda world: st.tuples(st.just(world), asks(world)))


def policy(world: World) -> Policy:
    return Policy(
        precedence=Precedence.PROJECT_FIRST if world.project_first else Precedence.EMPLOYEE_FIRST,
        when_not_ready=WhenNotReady.NEXT if world.take_next else WhenNotReady.HOLD,
    )


def number_of(world: World, account_id: UUID) -> int:
    return next(number for number, account in enumerate(world.accounts) if account.id_turn == account_id.int)


def decided(world: World, ask: Ask) -> tuple[int, str, str] | str:
    any_accounts = any(account.owner in (None, ask.person) for account in world.accounts)
    resolution = decide(facts(world, ask), wish(world, ask), policy(world), any_accounts=any_accounts)
    if isinstance(resolution, NoSender):
        return resolution.reason.value
    return number_of(world, resolution.account_id), resolution.from_address, resolution.rule.value


@given(asked_worlds)
def test_the_sender_is_the_one_that_the_text_of_the_rules_leads_to(asked: tuple[World, Ask]):
    world, ask = asked
    assert decided(world, ask) == reference.resolve(world, ask)


@given(asked_worlds)
def test_addresses_stand_in_line_as_the_text_says(asked: tuple[World, Ask]):
    world, ask = asked
    line = ranked(facts(world, ask), policy(world).precedence)
    assert [
        (number_of(world, account.id), candidate.from_address)
        for account in line
        for candidate in candidates_of(account)
    ] == reference.choices(world, ask)


@given(asked_worlds)
def test_every_account_is_in_line_or_has_a_reason_not_to_be(asked: tuple[World, Ask]):
    world, ask = asked
    reasons = {number: exclusion(account) for number, account in enumerate(facts(world, ask))}
    assert {number: reason for number, reason in reasons.items() if reason} == reference.line_up(
        world, ask
    ).why


@given(asked_worlds, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_come_and_repeated_ones_make_no_difference(asked, random):
    world, ask = asked
    shuffled = [*facts(world, ask), *facts(world, ask)]
    random.shuffle(shuffled)
    assert decide(shuffled, wish(world, ask), policy(world), any_accounts=True) == decide(
        facts(world, ask), wish(world, ask), policy(world), any_accounts=True
    )
