"""What one process has at hand, built once at its start and passed to every verb."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from letterhead.diagnosis.explain import Explainer
from letterhead.news import News
from letterhead.running import Running
from letterhead.settings import Settings
from letterhead.vault.clients import OAuth2Client
from letterhead.vault.vault import Vault
from letterhead.wire.dial import Dialler
from letterhead_providers.catalogue import Catalogue


@dataclass(frozen=True, kw_only=True)
class House:
    """``clients``: the operator's OAuth2 clients, by provider key."""

    settings: Settings
    catalogue: Catalogue
    vault: Vault
    dialler: Dialler
    explainer: Explainer
    news: News
    running: Running
    clients: Mapping[str, OAuth2Client] = field(default_factory=dict)
