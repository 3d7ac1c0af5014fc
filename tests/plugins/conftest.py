import json
import os
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

import letterhead_plugins
from lab.needs import missing
from letterhead_providers.catalogue import Catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Every bundled plugin, whether an entry point names it or not."""
    catalogue = Catalogue()
    for found in iter_modules(letterhead_plugins.__path__):
        module = import_module(f"letterhead_plugins.{found.name}")
        if "CONTRACT" in vars(module):
            catalogue.admit(found.name, module, distribution="letterhead")
    return catalogue


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    """What is known of mail services, one row each. Needs the folder of corpora."""
    folder = os.environ.get("LETTERHEAD_CORPORA")
    if not folder:
        missing("LETTERHEAD_CORPORA does not name the folder of corpora")
    found: list[dict[str, Any]] = json.loads((Path(folder) / "providers.json").read_text())
    return found
