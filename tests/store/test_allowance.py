"""What is taken by all together never exceeds what may happen."""

import asyncio
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letterhead.store.allowance import Rate, at_most, left, refilled, sweep, take
from letterhead.store.models import Allowance, Company

START = 1_800_000_000.0


async def _company() -> UUID:
    company_id: UUID = (await Company.create(name=str(uuid4()))).id
    return company_id


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    most=st.integers(1, 40),
    gaps=st.lists(st.floats(0, 4, allow_nan=False), min_size=1, max_size=120),
)
async def test_no_window_holds_more_than_the_most(database: None, most: int, gaps: list[float]) -> None:
    company_id, at, taken = await _company(), START, []
    for gap in gaps:
        at += gap
        if await take(company_id, "account", at_most(most, 60), at=at) == 0:
            taken.append(at)
    assert all(sum(start <= one < start + 59.999 for one in taken) <= most for start in taken)


async def test_many_at_once_get_no_more_than_there_is(database: None) -> None:
    company_id, rate = await _company(), Rate(burst=5, interval=3600)
    waits = await asyncio.gather(*(take(company_id, "caller", rate) for _ in range(20)))
    assert sum(wait == 0 for wait in waits) == 5
    assert all(3000 < wait <= 3600 for wait in waits if wait)
    assert await left(company_id, "caller", rate) < 0.1


async def test_after_the_time_it_names_it_is_there(database: None) -> None:
    company_id, rate = await _company(), refilled(10, 60)
    assert await take(company_id, "caller", rate, amount=8, at=START) == 0
    wait = await take(company_id, "caller", rate, amount=5, at=START)
    assert wait == pytest.approx(18, abs=0.001)
    assert await take(company_id, "caller", rate, amount=5, at=START + wait + 0.001) == 0


async def test_more_than_the_burst_is_never_given(database: None) -> None:
    company_id, rate = await _company(), refilled(10, 60)
    assert await take(company_id, "caller", rate, amount=11, at=START) > 0
    assert await left(company_id, "caller", rate, at=START) == 10


async def test_a_clock_put_back_costs_no_more_than_a_burst(database: None) -> None:
    company_id, rate = await _company(), refilled(10, 60)
    assert await take(company_id, "caller", rate, amount=10, at=START) == 0
    assert await take(company_id, "caller", rate, at=START - 3600) <= 6.001
    assert await take(company_id, "caller", rate, at=START - 3600 + 6.001) == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    most=st.integers(1, 30),
    steps=st.lists(
        st.tuples(st.sampled_from([0, 1, 20, 90, 3700, 9000]), st.integers(0, 5), st.booleans()),
        min_size=1,
        max_size=40,
    ),
)
async def test_sweeping_gives_nobody_more_or_less(
    database: None, most: int, steps: list[tuple[int, int, bool]]
) -> None:
    """Two that take the same, one of whom is swept: theirs is the same at every step."""
    swept, kept, rate, at = await _company(), await _company(), refilled(most, 600), START
    for gap, amount, sweeps in steps:
        at += gap
        if sweeps:
            rows = await Allowance.filter(company_id=kept).values()
            await sweep(at=at)
            await Allowance.filter(company_id=kept).delete()
            await Allowance.bulk_create([Allowance(**row) for row in rows])
        there = [await left(one, "caller", rate, at=at) for one in (swept, kept)]
        waits = [await take(one, "caller", rate, amount=amount, at=at) for one in (swept, kept)]
        assert (there[0], waits[0]) == pytest.approx((there[1], waits[1]), abs=0.001)


async def test_only_what_has_been_full_for_long_is_swept(database: None) -> None:
    company_id, rate = await _company(), refilled(10, 60)
    for subject, at in (("full", START - 7300), ("just full", START - 3000), ("not full", START)):
        await take(company_id, subject, rate, amount=10, at=at)

    assert [await sweep(at=START), await sweep(at=START)] == [1, 0]
    assert {row.subject for row in await Allowance.all()} == {"just full", "not full"}


async def test_what_is_taken_meanwhile_is_not_swept(database: None) -> None:
    """However many sweep while others take: nobody gets more than there is."""
    company_id, rate = await _company(), refilled(5, 3600)
    await take(company_id, "caller", rate, at=START)
    done = await asyncio.gather(
        *(take(company_id, "caller", rate, at=START + 99_999) for _ in range(20)),
        *(sweep(at=START + 99_999) for _ in range(5)),
    )
    assert sum(wait == 0 for wait in done[:20]) == 5
