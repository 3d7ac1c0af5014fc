import asyncio
import sys

import pytest

from lab.postgres import PostgresServer
from letterhead.store.database import is_postgres, migrate, opened, select
from letterhead.store.models import Company

pytestmark = pytest.mark.postgres


async def test_a_database_is_migrated_and_keeps_rows(postgres_url: str) -> None:
    await migrate(postgres_url)

    async with opened(postgres_url):
        company = await Company.create(name="Acme")
        rows = await select("SELECT id, name FROM company WHERE name = $1", "Acme")

        assert is_postgres()
    assert [dict(row) for row in rows] == [{"id": company.id, "name": "Acme"}]


async def test_a_database_can_be_a_copy_of_another(postgres_server: PostgresServer) -> None:
    template = postgres_server.new_database()
    await migrate(template)

    copy = postgres_server.new_database(template)

    async with opened(copy):
        assert list(await select("SELECT id FROM company")) == []


def test_every_database_is_a_new_one(postgres_server: PostgresServer) -> None:
    assert postgres_server.new_database() != postgres_server.new_database()


async def test_many_processes_can_migrate_at_once(postgres_url: str) -> None:
    program = """
import asyncio, sys
from letterhead.store.database import migrate
asyncio.run(migrate(sys.argv[1]))
"""

    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, postgres_url) for _ in range(3)
    ]

    assert await asyncio.gather(*(process.wait() for process in started)) == [0, 0, 0]
