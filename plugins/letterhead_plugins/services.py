"""Mail services that are data alone: a TOML file each, in the folder beside this module.

The facts were carried over in 2026-11; what had no source was left out. ``popularity`` puts the services in a
rough order, so that what most people look for comes first: from 90 those known all over the world, which have
modules of their own; from 50 those known for privacy, those of a country, and what comes with a line; from 20
hosters of domains and relays; below that the services of a small circle.
"""

from collections.abc import Sequence
from pathlib import Path

from letterhead_providers import Provider, hookimpl, providers_in

CONTRACT = 1

SERVICES = providers_in(Path(__file__).with_suffix(""))


@hookimpl
def providers() -> Sequence[Provider]:
    return SERVICES
