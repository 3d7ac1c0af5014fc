import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from discovery.stage import BY, HOSTS, Stage, staged
from lab.needs import missing
from letterhead.store.database import opened
from letterhead.store.models import Company
from wire.conftest import serving_with


@pytest.fixture
def stage_with(
    lab_ca: trustme.CA, lab_ca_file: Path, empty_sqlite: Path, tmp_path: Path
) -> Callable[..., AbstractAsyncContextManager[Stage]]:
    copy = tmp_path / "letterhead.db"
    copy.write_bytes(empty_sqlite.read_bytes())

    @asynccontextmanager
    async def of(**settings: Any) -> AsyncIterator[Stage]:
        async with opened(f"sqlite://{copy}"), staged(lab_ca, lab_ca_file, **settings) as stage:
            await Company.create(id=BY.company_id, name="Acme")
            yield stage

    return of


@pytest.fixture
async def stage(stage_with) -> AsyncIterator[Stage]:
    async with stage_with() as stage:
        yield stage


@pytest.fixture(scope="session")
def mail_tls(lab_ca: trustme.CA) -> ssl.SSLContext:
    return serving_with(lab_ca.issue_cert(*HOSTS))


@pytest.fixture(scope="session")
def ispdb() -> Path:
    corpora = os.environ.get("LETTERHEAD_CORPORA")
    folder = Path(corpora or "/nowhere") / "ispdb"
    return folder if folder.is_dir() else missing("LETTERHEAD_CORPORA names no folder with ispdb in it")
