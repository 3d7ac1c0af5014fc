"""What one process has at hand, built once at its start and passed to every verb."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from letterhead.closing import Closing
from letterhead.diagnosis.explain import Explainer
from letterhead.identity.callers import Callers
from letterhead.metrics import Metrics
from letterhead.news import News
from letterhead.pace import Turns
from letterhead.running import Running
from letterhead.settings import Settings
from letterhead.tracing import Tracing
from letterhead.vault.clients import OAuth2Client
from letterhead.vault.vault import Vault
from letterhead.wire.dial import Dialler
from letterhead_providers.catalogue import Catalogue

TESTS_AT_ONCE = 50


def _places() -> asyncio.Semaphore:
    return asyncio.Semaphore(TESTS_AT_ONCE)


@dataclass(frozen=True, kw_only=True)
class House:
    """``callers``: knows who is asking. ``clients``: the operator's OAuth2 clients, by provider key.

    ``test_places``: one for each account test that is on the network; the others wait for one.
    ``mailbox_turns``: POP3 locks a mailbox (RFC 1939 section 3), so its sessions take turns.
    """

    settings: Settings
    catalogue: Catalogue
    vault: Vault
    dialler: Dialler
    explainer: Explainer
    news: News
    running: Running
    callers: Callers = field(default_factory=Callers)
    clients: Mapping[str, OAuth2Client] = field(default_factory=dict)
    test_places: asyncio.Semaphore = field(default_factory=_places)
    mailbox_turns: Turns = field(default_factory=Turns)
    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=Tracing)
    closing: Closing = field(default_factory=Closing)
