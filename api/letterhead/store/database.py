"""One database, SQLite or PostgreSQL, opened once per process."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence, Set
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import orjson
from asyncpg.pgproto import pgproto
from tortoise import Tortoise
from tortoise.backends.base.client import TransactionalDBClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.connection import ConnectionHandler
from tortoise.context import require_context
from tortoise.transactions import in_transaction

from letterhead.errors import ConfigurationError
from letterhead.store.migrations import known
from letterhead.store.sqlite import ImmediateClient, InItsThread

MIGRATION_LOCK = 0x6C657474  # an arbitrary number that only this program's migrations lock on

SQLITE, POSTGRES = "letterhead.store.sqlite", "letterhead.store.postgres"
APPLIED = "SELECT name FROM tortoise_migrations WHERE app = 'letterhead'"
CONNECTIONS = 10
"""To PostgreSQL, at most, for each process; the address may say another number with ``?maxsize=``."""

Row = Mapping[str, Any]
T = TypeVar("T")
E = TypeVar("E", bound=Enum)


def configuration(url: str) -> dict[str, Any]:
    """Tortoise's configuration for ``sqlite://PATH`` or ``postgres://USER:PASSWORD@HOST:PORT/NAME``."""
    try:
        connection = expand_db_url(
            url.replace("postgresql://", "postgres://", 1).replace("postgres://", "asyncpg://", 1)
        )
    except Exception:  # noqa: BLE001 - which may quote the password
        raise ConfigurationError(
            "LETTERHEAD_DATABASE_URL is not a database address; "
            "write sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME"
        ) from None
    if url.startswith("sqlite:"):
        connection["engine"] = SQLITE
        connection["credentials"]["synchronous"] = "FULL"
        connection["credentials"]["busy_timeout"] = 10_000
    else:
        connection["engine"] = POSTGRES
        connection["credentials"].setdefault("maxsize", CONNECTIONS)
    return {
        "connections": {"default": connection},
        "apps": {
            "letterhead": {
                "models": ["letterhead.store.models"],
                "migrations": "letterhead.store.migrations",
                "default_connection": "default",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


TORTOISE_ORM = configuration("sqlite://:memory:")
"""For Tortoise's own command line, with which migrations are written."""


async def migrate(url: str) -> None:
    """Bring the tables up to date. Safe to call from many processes at once.

    Raises ConfigurationError when the database cannot be reached.
    """
    config = configuration(url)
    connection = config["connections"]["default"]
    if connection["engine"] == SQLITE:
        applied = _make_sqlite_file(connection["credentials"]["file_path"])
        if not known() <= applied:
            await _run_migrations(config)
        return
    async with _no_other_migrates(connection["credentials"]) as applied:
        if not known() <= applied:
            await _run_migrations(config)


async def _run_migrations(config: dict[str, Any]) -> None:
    from tortoise.migrations.api.migrate import (  # noqa: PLC0415 - 3 MB, which most starts have no need of
        migrate as run,
    )

    try:
        await run(config=config)
    finally:
        await Tortoise.close_connections()


def _make_sqlite_file(path: str) -> Set[str]:
    """For its owner's eyes only. Tortoise waits for ever for a file that it failed to open once.

    The migrations that are applied to it.
    """
    try:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).touch(mode=0o600)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
            with suppress(sqlite3.OperationalError):  # a new one has no such table
                return {name for (name,) in connection.execute(APPLIED)}
    except (OSError, sqlite3.Error) as exc:
        why = exc.strerror if isinstance(exc, OSError) else exc
        raise ConfigurationError(
            f"LETTERHEAD_DATABASE_URL: the file cannot be opened as a SQLite database: {why}"
        ) from None
    return set()


@asynccontextmanager
async def _no_other_migrates(credentials: Mapping[str, Any]) -> AsyncIterator[Set[str]]:
    """Holds PostgreSQL's lock on a connection of its own: Tortoise closes its own before it migrates.

    The migrations that are applied.
    """
    from letterhead.store import postgres  # noqa: PLC0415 - its driver, which SQLite does without

    try:
        lock = await postgres.connect(credentials)
    except postgres.TROUBLE as exc:
        raise ConfigurationError(
            f"LETTERHEAD_DATABASE_URL: PostgreSQL cannot be reached: {' '.join(str(exc).split())}"
        ) from None
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        is_new = await lock.fetchval("SELECT to_regclass('tortoise_migrations') IS NULL")
        yield set() if is_new else {row["name"] for row in await lock.fetch(APPLIED)}
    finally:
        await lock.close()


async def postgres_connection(url: str, *, timeout: float) -> Any:
    """A connection beside Tortoise's own. Raises what is in postgres.TROUBLE, and TimeoutError."""
    from letterhead.store import postgres  # noqa: PLC0415 - see above

    async with asyncio.timeout(timeout):
        return await postgres.connect(configuration(url)["connections"]["default"]["credentials"])


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[None]:
    """The database of this process, for as long as the block runs."""
    EXECUTOR_CACHE.clear()  # Tortoise keeps statements by the connection's name, whatever its dialect
    await Tortoise.init(config=configuration(url), _enable_global_fallback=True)
    try:
        if not is_postgres():
            client: Any = _connections().get("default")
            await client.open_reader()
        await select("SELECT 1 AS one")  # connects now, so that no cancelled request does it by halves
        yield
    finally:
        await Tortoise.close_connections()


def _connections() -> ConnectionHandler:
    """As Tortoise's get_connections, which imports a module each time."""
    return require_context().connections


def is_postgres() -> bool:
    """Asked for by nearly every statement, so it is read from what was configured."""
    engine: str = _connections().db_config["default"]["engine"]
    return engine == POSTGRES


def transaction() -> Any:
    """All or nothing. Never await the network inside: on SQLite nobody else could read meanwhile."""
    return in_transaction("default")


async def at_once(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """``work`` in a transaction, with as few changes of threads as there can be. For what is done often: it
    may await nothing but its statements, and saves models in bulk only."""
    connection = _connections().get("default")
    if isinstance(connection, ImmediateClient):
        return await connection.at_once(work)
    async with transaction():
        return await work()


@lru_cache(maxsize=500)
def _for_sqlite(sql: str) -> str:
    return re.sub(r"\$(\d+)", r"?\1", sql)


def in_a_transaction() -> bool:
    return isinstance(_connections().get("default"), TransactionalDBClient)


@lru_cache(maxsize=500)
def _only_reads(sql: str) -> bool:
    words = sql.upper().split()
    return words[0] in {"SELECT", "WITH"} and "RETURNING" not in words


async def select(sql: str, *values: Any) -> Sequence[Row]:
    """Rows of a statement whose parameters are written ``$1``, ``$2`` … on both databases.

    In a transaction it sees what that wrote; outside any it waits for none.
    """
    connection: Any = _connections().get("default")
    if connection.capabilities.dialect == "sqlite":
        sql, reads = _for_sqlite(sql), _only_reads(sql)
        values = tuple(str(value) if isinstance(value, UUID) else value for value in values)
    else:  # PostgreSQL knows no text with a NUL in it, not even to look for
        reads = True
        values = tuple([one.replace("\0", "\ufffd") if isinstance(one, str) else one for one in values])
    rows: Sequence[Row]
    if isinstance(connection, InItsThread):
        return connection.fetch(sql, values)
    if reads and not isinstance(connection, TransactionalDBClient):
        rows = await connection.fetch(sql, values)
    else:
        rows = await connection.execute_query_dict(sql, list(values))
    return rows


async def execute_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """One statement for each of ``rows``, in one go; parameters as for ``select``."""
    connection = _connections().get("default")
    if connection.capabilities.dialect == "sqlite":
        sql = _for_sqlite(sql)
        rows = [tuple(str(value) if isinstance(value, UUID) else value for value in row) for row in rows]
    await connection.execute_many(sql, [list(row) for row in rows])


def as_id(value: Any) -> UUID:
    """An id as either database returns it. asyncpg's class reads and writes text nine times as fast."""
    return value if isinstance(value, UUID) else _id_of(str(value))


@lru_cache(maxsize=5000)
def _id_of(text: str) -> UUID:
    """The same ids are read again and again."""
    found: UUID = pgproto.UUID(text)
    return found


def member(of: type[E]) -> Callable[[str], E]:
    """What is told by a column of text: the member of the enumeration, without asking its class."""
    return {str(one.value): one for one in of}.__getitem__


def as_instant(value: Any) -> datetime:
    """An instant as either database returns it."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def as_json(value: Any) -> Any:
    """A JSON column as either database returns it."""
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def now() -> datetime:
    return datetime.now(UTC)


def clock(ahead: int = 0) -> str:
    """An SQL expression for ``ahead`` seconds from now, by which leases are told: PostgreSQL's own clock, or
    on SQLite the machine's."""
    if is_postgres():
        return f"(now() + interval '{ahead} seconds')"
    return f"(SELECT clock({ahead}))"
