"""Both databases, migrated once and copied for each test; and what is sent to them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.postgres import PostgresServer
from letterhead.store.database import migrate, opened


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    asyncio.run(migrate(f"sqlite://{path}"))
    return path


@pytest.fixture(scope="session")
def empty_postgres(postgres_server: PostgresServer) -> tuple[PostgresServer, str]:
    template = postgres_server.new_database()
    asyncio.run(migrate(template))
    return postgres_server, template


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        copy = tmp_path / "letterhead.db"
        copy.write_bytes(request.getfixturevalue("empty_sqlite").read_bytes())
        return f"sqlite://{copy}"
    server, template = request.getfixturevalue("empty_postgres")
    return server.new_database(template)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[None]:
    async with opened(database_url):
        yield


OF_ITSELF = "PRAGMA data_version"
"""Whether another process has written, which a server looks for all the time."""


class _Counter(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.statements: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        statement = str(record.args[0]) if record.args else record.msg
        if statement != OF_ITSELF:
            self.statements.append(statement)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that the block sends to the database."""
    log, counter = logging.getLogger("tortoise.db_client"), _Counter()
    level, propagate = log.level, log.propagate
    log.addHandler(counter)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        yield counter.statements
    finally:
        log.removeHandler(counter)
        log.setLevel(level)
        log.propagate = propagate
