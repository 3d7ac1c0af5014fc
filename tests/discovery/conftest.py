import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import trustme

from discovery.stage import HOSTS, Stage, staged
from lab.needs import missing
from wire.conftest import serving_with


@pytest.fixture
def stage_with(lab_ca: trustme.CA, lab_ca_file: Path) -> Callable[..., AbstractAsyncContextManager[Stage]]:
    def of(**settings: Any) -> AbstractAsyncContextManager[Stage]:
        return staged(lab_ca, lab_ca_file, **settings)

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
