"""Migrations lead to the models, on empty databases and on ones in use."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import pytest
from tortoise import Tortoise
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import get_connection
from tortoise.fields import Field
from tortoise.fields.relational import RelationalField
from tortoise.migrations.api.migrate import migrate as run_migrations
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import AddField, AddIndex, CreateModel

from letterhead.store.database import configuration, migrate, opened, select
from letterhead.store.upgrades import CONTRACT, known

FIRST = "0001_initial"
OF_THE_FIRST_RELEASE = "0009"
ROW = "01920000-0000-7000-8000-000000000001"
"""The id of the one row in every table, so that every reference to another table holds."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    EXECUTOR_CACHE.clear()  # Tortoise keeps statements by the connection's name, whatever its dialect
    if request.param == "sqlite":
        return f"sqlite://{tmp_path / 'letterhead.db'}"
    return request.getfixturevalue("postgres_url")


async def test_migrations_lead_to_the_models() -> None:
    config = configuration("sqlite://:memory:")
    await Tortoise.init(config=config, init_connections=False)
    changes = await MigrationAutodetector(Tortoise.apps, config["apps"]).changes()
    await Tortoise.close_connections()
    assert changes == [], "write a migration"


async def test_a_database_in_use_is_brought_up_to_date(url: str) -> None:
    async with first_tables(url):
        for statement in one_row_each():
            await get_connection("default").execute_script(statement)
    await migrate(url)
    async with opened(url):
        kept = {table: await ids(table) for table in tables_at_first() & tables_of_models()}
    assert kept != {}
    assert {table: found for table, found in kept.items() if found != [ROW]} == {}


async def test_migrating_again_changes_nothing(url: str) -> None:
    await migrate(url)
    async with opened(url):
        await get_connection("default").execute_script(next(one_row_each()))
        before = await applied()
    await migrate(url)
    async with opened(url):
        assert (await applied(), await ids("company")) == (before, [ROW])


@asynccontextmanager
async def first_tables(url: str) -> AsyncIterator[None]:
    """A database as the first release left it."""
    await run_migrations(config=configuration(url), target=f"letterhead.{FIRST}")
    await Tortoise.close_connections()
    async with opened(url):
        yield


def created() -> list[CreateModel]:
    operations = import_module(f"letterhead.store.migrations.{FIRST}").Migration.operations
    return [operation for operation in operations if isinstance(operation, CreateModel)]


def tables_at_first() -> set[str]:
    return {model.options["table"] for model in created()}


def tables_of_models() -> set[str]:
    return {model._meta.db_table for model in Tortoise.apps["letterhead"].values()}


def one_row_each() -> Iterator[str]:
    for model in created():
        row = {column(name, field): value(field) for name, field in model.fields}
        yield f"INSERT INTO {model.options['table']} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def column(name: str, field: Field) -> str:
    return field.source_field or (f"{name}_id" if isinstance(field, RelationalField) else name)


def value(field: Field) -> str:
    kind = "id" if isinstance(field, RelationalField) else type(field).__name__.removesuffix("Field")
    literals = {
        "id": f"'{ROW}'",
        "UUID": f"'{ROW}'",
        "Char": "'x'",
        "Text": "'x'",
        "JSON": "'{}'",
        "Int": "1",
        "BigInt": "1",
        "Float": "1.0",
        "Boolean": "true",
        "Datetime": "'2026-01-01T00:00:00+00:00'",
        "Binary": "''",
    }
    return literals[kind]


async def ids(table: str) -> list[str]:
    return [str(row["id"]) for row in await select(f"SELECT id FROM {table}")]


async def applied() -> list[str]:
    return [row["name"] for row in await select("SELECT name FROM tortoise_migrations ORDER BY name")]


def test_migrations_only_add_so_that_versions_run_side_by_side() -> None:
    """But for those before the first release, and those whose name says that they take something away."""
    breaking = [
        f"{name}: {type(operation).__name__}"
        for name in sorted(known())
        if name > OF_THE_FIRST_RELEASE and CONTRACT not in name
        for operation in import_module(f"letterhead.store.migrations.{name}").Migration.operations
        if not isinstance(operation, CreateModel | AddIndex | AddField) or not adds_only(operation)
    ]
    assert breaking == [], "name it NNNN_contract_…, a release after what it takes away was last used"


def adds_only(operation: object) -> bool:
    """A version that does not know a column writes rows without it."""
    if not isinstance(operation, AddField):
        return True
    field = operation.field
    return bool(field.null) or field.has_db_default()
