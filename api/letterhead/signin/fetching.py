"""Requests that a plugin asks for, made for it."""

import asyncio
from dataclasses import replace

from letterhead.house import House
from letterhead.signin.rules import web_hosts
from letterhead.store.database import now
from letterhead.wire.http import fetch
from letterhead_providers import Fetch, FetchOutcome, Provider

DEADLINE_SECONDS = 10.0
"""Shorter than anybody waits before taking the work over: so nobody does while an answer may still come."""

MOST_OCTETS = 64 * 1024


async def fetched(house: House, provider: Provider, request: Fetch) -> FetchOutcome:
    """What came of it. To the hosts that the provider declares, over HTTPS. Never raises for the network."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            outcome = await fetch(
                house.dialler,
                request,
                hosts_allowed=web_hosts(provider).__contains__,
                most_octets=MOST_OCTETS,
            )
    except TimeoutError:
        outcome = FetchOutcome(status=0, error="the server did not answer in time")
    return replace(outcome, at=now())
