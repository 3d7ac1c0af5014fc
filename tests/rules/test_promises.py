"""Whatever happens in a company, in whatever order: who writes as whom, who may know, what is said beforehand
and what becomes of queued mail are as the rules say, and nothing leaves from another address."""

import os

from hypothesis import HealthCheck, Phase, given, settings

from rules.conftest import Live
from rules.steps import Step, stories

MORE = int(os.environ.get("LETTERHEAD_RULES_EXAMPLES", "0"))
"""So many companies at random; otherwise a few, always the same."""


def so_many(companies: int) -> settings:
    return settings(
        max_examples=MORE or companies,
        derandomize=not MORE,
        database=None,
        phases=(Phase.explicit, Phase.generate) if os.environ.get('NOSHRINK') else tuple(Phase),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@given(stories(12))
@so_many(12)
async def test_the_rules_hold_whatever_happens(live: Live, story: list[Step]) -> None:
    await live(story)


@given(stories(6))
@so_many(3)
async def test_they_hold_for_accounts_that_were_tested_and_saved(
    live_at_the_sandbox: Live, story: list[Step]
) -> None:
    await live_at_the_sandbox(story)
