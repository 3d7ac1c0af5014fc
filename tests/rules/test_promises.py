"""Whatever happens in a company, in whatever order: who writes as whom, who may know, what is said beforehand
and what becomes of queued mail are as the rules say, and nothing leaves from another address."""

import os

from hypothesis import HealthCheck, example, given, settings

from rules.conftest import Live
from rules.steps import Change, Connect, Mend, Retry, Step, Sync, TimeComes, To, Write, stories

MORE = int(os.environ.get("LETTERHEAD_RULES_EXAMPLES", "0"))
"""So many companies at random; otherwise a few, always the same."""


def so_many(companies: int) -> settings:
    return settings(
        max_examples=MORE or companies,
        derandomize=not MORE,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


CLOSED_WHILE_PAUSED = [
    Connect("ann", "a", scope=To(False, projects=frozenset({"apollo"})), status="PAUSED"),
    Connect(None, "b", status="PAUSED"),
    Write("ann", "apollo"),
    Write("ben", None),
    TimeComes(0),
    TimeComes(1),
    Sync(projects=frozenset({"boreas"})),
    Change("ACCESS", 1, To(False, frozenset({"cyd"}))),
    Mend(1),
    Retry(1),
]
"""The last project and the last permission go while mail waits: it is held, and nothing is widened."""


@given(stories(6))
@example(CLOSED_WHILE_PAUSED)
@so_many(6)
async def test_the_rules_hold_whatever_happens(live: Live, story: list[Step]) -> None:
    await live(story)


@given(stories(3))
@so_many(1)
async def test_they_hold_for_accounts_that_were_tested_and_saved(
    live_at_the_sandbox: Live, story: list[Step]
) -> None:
    await live_at_the_sandbox(story)
