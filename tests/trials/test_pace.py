"""How often something may happen, and whose turn it is."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from letterhead.pace import Pace, Rate, Turns

THREE = Rate(most=3, seconds=10)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(min_value=0, max_value=30), max_size=30))
def test_no_window_holds_more_than_it_may(pauses: list[float]) -> None:
    clock, done = Clock(), []
    pace = Pace(clock=clock)
    for pause in pauses:
        clock.now += pause
        if not pace.seconds_until("ann", THREE):
            pace.note("ann", THREE)
            done.append(clock.now)
    for start in done:
        assert sum(start <= at < start + THREE.seconds for at in done) <= THREE.most


def test_it_says_how_long_to_wait_and_is_right() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    for clock.now in (0.0, 1.0, 2.0):
        assert pace.seconds_until("ann", THREE) == 0
        pace.note("ann", THREE)
    assert pace.seconds_until("ann", THREE) == 8.0
    assert pace.seconds_until("ben", THREE) == 0
    clock.now += 8.0
    assert pace.seconds_until("ann", THREE) == 0


def test_it_remembers_only_so_much() -> None:
    pace = Pace(clock=Clock(), most_keys=2)
    for key in ("ann", "ben", "cat"):
        for _ in range(3):
            pace.note(key, THREE)
    assert [pace.seconds_until(key, THREE) for key in ("ann", "ben", "cat")] == [0, 10.0, 10.0]


async def test_turns_are_taken_one_at_a_time_and_forgotten() -> None:
    turns, inside, most = Turns(), 0, 0

    async def visit() -> None:
        nonlocal inside, most
        async with turns.of("mailbox"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(visit() for _ in range(5)))
    assert (most, len(turns)) == (1, 0)


async def test_whoever_gives_up_waiting_leaves_nothing_behind() -> None:
    turns = Turns()

    async def wait() -> None:
        async with turns.of("mailbox"):
            raise AssertionError("somebody else is in")

    async with turns.of("mailbox"), turns.of("another"):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert len(turns) == 2
    assert len(turns) == 0
