"""One server without a worker for the tests of a module; how many operations are asked is the tester's."""

import os
from pathlib import Path

import pytest

from api.conftest import acme, authorities, draft, mail, server, shared_database
from fuzz.companies import KEY
from lab.product import LOOPBACK
from letterhead.settings import Settings

__all__ = ["acme", "authorities", "draft", "mail", "server", "shared_database"]


@pytest.fixture(scope="session")
def operations() -> int:
    return int(os.environ.get("LETTERHEAD_FUZZ_OPERATIONS", "600"))


@pytest.fixture(scope="session")
def seed() -> int:
    return int(os.environ.get("LETTERHEAD_FUZZ_SEED", "1"))


@pytest.fixture(scope="module")
def settings(shared_database: str, authorities: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(shared_database, authorities, tmp_path_factory.mktemp("keys"))


def settings_of(database_url: str, authorities: Path, folder: Path) -> Settings:
    """Without a worker, and with as many questions as anybody likes."""
    keys = folder / "keys"
    keys.write_text(f"test:{KEY}\n")
    return Settings(
        database_url=database_url,
        port=0,
        key_file=keys,
        allow_targets=LOOPBACK,
        ca_file=authorities,
        cost_per_minute=0,
        worker=False,
        ispdb_url="",
    )
