"""Every bundled plugin keeps the rules that third parties are asked to keep."""

from importlib import import_module
from importlib.metadata import entry_points

import pytest

from letterhead_providers.conformance import RULES

OURS = sorted(
    entry.value
    for entry in entry_points(group="letterhead")
    if entry.dist and entry.dist.name == "letterhead"
)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("plugin", OURS)
async def test_it_keeps_the_rules(plugin: str, rule: str) -> None:
    await RULES[rule](import_module(plugin))
