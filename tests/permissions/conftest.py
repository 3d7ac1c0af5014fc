"""Two companies with something of everything, for all tests of a module."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from api.conftest import authorities, draft, mail, server, shared_database
from api.drafts import Draft
from fuzz.companies import Filled, filled
from fuzz.conftest import settings_of
from lab.product import Caller, with_company
from letterhead.house import House
from letterhead.schema.ids import row_id
from letterhead.serving import Serving
from letterhead.settings import Settings
from letterhead.store import models
from letterhead.store.database import now

__all__ = ["authorities", "draft", "mail", "server", "shared_database"]


@asynccontextmanager
async def idle(_: House, *, deliver: bool) -> AsyncIterator[None]:
    yield


@pytest.fixture(scope="module")
def settings(
    shared_database: str, authorities: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Of a server that does nothing by itself: what that asks of the database would be counted too."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("letterhead.serving.working", idle)
        yield settings_of(shared_database, authorities, tmp_path_factory.mktemp("keys"))


@dataclass(frozen=True)
class Matrix:
    """``callers``: everybody who asks about our things, the administrator last."""

    ours: Filled
    theirs: Filled
    callers: dict[str, Caller]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def matrix(server: Serving, draft: Draft) -> AsyncIterator[Matrix]:
    ours = await filled(await with_company(server, "Heimat"), draft, "heimat")
    theirs = await filled(await with_company(server, "Kanarie"), draft, "kanarie")
    removed = await ours.product.employee(ours.named["cy"])
    await models.Employee.filter(id=row_id(ours.named["cy"], "Employee")).update(removed_at=now())
    nobody = Caller(server.address, "none")
    del nobody.http.headers["Authorization"]
    callers = {"nobody": nobody, "removed": removed, "theirs": theirs.admin, **ours.callers}
    callers["administrator"] = callers.pop("administrator")
    yield Matrix(ours, theirs, {str(name): caller for name, caller in callers.items()})
    await nobody.http.aclose()
    for company in (ours, theirs):
        await company.product.close()
