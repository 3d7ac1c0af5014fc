import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from letterhead.identity.actor import ADMINISTRATOR, EMPLOYEE, Actor
from letterhead.store import models
from letterhead.store.database import migrate, opened
from signin.tried import Hall, a_house


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("empty") / "letterhead.db"
    asyncio.run(migrate(f"sqlite://{path}"))
    return path.read_bytes()


@pytest.fixture
def database_url(tmp_path: Path, empty_database: bytes) -> str:
    path = tmp_path / "letterhead.db"
    path.write_bytes(empty_database)
    return f"sqlite://{path}"


@pytest.fixture
async def hall(database_url: str) -> AsyncIterator[Hall]:
    """A house with a company of two people."""
    async with opened(database_url):
        company = await models.Company.create(name="Acme")
        people = [
            await models.Employee.create(company_id=company.id, external_id=name, name=name)
            for name in ("Ann", "Ben")
        ]
        yield Hall(
            house=a_house(),
            admin=an_actor(company.id, "token:1", None),
            ann=an_actor(company.id, "employee:ann", people[0].id),
            ben=an_actor(company.id, "employee:ben", people[1].id),
        )


def an_actor(company_id: UUID, key: str, employee_id: UUID | None) -> Actor:
    permissions = EMPLOYEE if employee_id else ADMINISTRATOR
    return Actor(company_id=company_id, key=key, name=key, permissions=permissions, employee_id=employee_id)
