"""What one process has at hand, built once at its start and passed to every verb."""

from dataclasses import dataclass

from letterhead.diagnosis.explain import Explainer
from letterhead.news import News
from letterhead.running import Running
from letterhead.settings import Settings
from letterhead.vault.vault import Vault
from letterhead.wire.dial import Dialler
from letterhead_providers.catalogue import Catalogue


@dataclass(frozen=True, kw_only=True)
class House:
    settings: Settings
    catalogue: Catalogue
    vault: Vault
    dialler: Dialler
    explainer: Explainer
    news: News
    running: Running
