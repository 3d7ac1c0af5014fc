"""Tortoise's SQLite backend, with transactions that take the write lock at their start, and a second
connection that only reads: whatever is being written, it sees what was committed last
(https://sqlite.org/wal.html).

A deferred transaction that reads first and writes later fails at once when another process wrote in
between; ``BEGIN IMMEDIATE`` waits its turn instead (https://sqlite.org/lang_transaction.html).
"""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import aiosqlite
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError

T = TypeVar("T")


class ImmediateTransaction(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as exc:
            raise TransactionManagementError(exc) from exc

    async def undo(self) -> None:
        """A cancelled BEGIN may have been carried out all the same."""
        if self._connection:
            await self._connection.rollback()


class ImmediateContext(SqliteTransactionContext):
    """Tortoise's own keeps its lock for ever when BEGIN fails or is cancelled."""

    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            await asyncio.shield(self._undone())
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        client: TransactionalDBClient = self.connection
        return client

    async def _undone(self) -> None:
        try:
            await self.connection.undo()
        finally:
            self._trxlock.release()


class InItsThread(SqliteTransactionWrapper):
    """A transaction that has begun, for whoever is in the connection's thread already."""

    def __init__(self, client: SqliteClient, opened: sqlite3.Connection) -> None:
        super().__init__(client)
        self._connection = cast("aiosqlite.Connection", Unqueued(opened))

    def fetch(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return cast("Unqueued", self._connection).fetch(sql, values)


class Unqueued:
    """What of aiosqlite's connection Tortoise uses, without a queue before it: nothing is awaited."""

    def __init__(self, opened: sqlite3.Connection) -> None:
        self._opened = opened

    @property
    def total_changes(self) -> int:
        return self._opened.total_changes

    def fetch(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return self._opened.execute(sql, values).fetchall()

    async def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._opened.execute(sql, values)

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> sqlite3.Cursor:
        return self._opened.executemany(sql, rows)

    async def execute_fetchall(self, sql: str, values: Sequence[Any] | None = None) -> list[Any]:
        return self._opened.execute(sql, values or ()).fetchall()

    async def execute_insert(self, sql: str, values: Sequence[Any]) -> tuple[int | None]:
        return (self._opened.execute(sql, values).lastrowid,)


class ImmediateClient(SqliteClient):
    _reader: aiosqlite.Connection | None = None

    async def create_connection(self, with_db: bool) -> None:
        await super().create_connection(with_db)
        if self._connection:
            await _define_functions(self._connection)

    async def open_reader(self) -> None:
        """A database in memory is seen by one connection alone."""
        if self.filename == ":memory:":
            return
        self._reader = reader = await aiosqlite.connect(self.filename, isolation_level=None)
        reader.row_factory = sqlite3.Row
        await _define_functions(reader)
        for pragma in (f"busy_timeout={self.pragmas.get('busy_timeout', 5000)}", "query_only=ON"):
            await reader.execute(f"PRAGMA {pragma}")

    @translate_exceptions
    async def fetch(self, sql: str, values: tuple[Any, ...]) -> Iterable[sqlite3.Row]:
        """Of a statement that reads."""
        if self._reader is None:
            async with self.acquire_connection() as connection:
                self.log.debug("%s: %s", sql, values)
                rows: Iterable[sqlite3.Row] = await connection.execute_fetchall(sql, values)
                return rows
        self.log.debug("%s: %s", sql, values)
        return await self._reader.execute_fetchall(sql, values)

    async def close(self) -> None:
        if self._reader is not None:
            await self._reader.close()
            self._reader = None
        await super().close()

    def _in_transaction(self) -> TransactionContext:
        return ImmediateContext(ImmediateTransaction(self), self._lock)

    async def at_once(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """``work`` in a transaction of its own, all of it in the connection's thread.

        So however many its statements are, they cost one change of threads. It may await nothing but them,
        and saves no single model: Tortoise then gathers the listeners, for which there is no loop.
        """
        async with self.acquire_connection() as connection:
            in_its_thread: Any = connection._execute  # noqa: SLF001 - the public ones carry one statement each
            done: T = await in_its_thread(copy_context().run, self._carried_out, connection, work)
            return done

    def _carried_out(self, connection: aiosqlite.Connection, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        opened = connection._conn  # noqa: SLF001 - this is its thread
        try:
            opened.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as exc:
            raise TransactionManagementError(exc) from exc
        try:
            get_connections().set(self.connection_name, InItsThread(self, opened))
            done = _run(work())
            opened.commit()
        except BaseException:
            opened.rollback()
            raise
        return done


def _run(work: Coroutine[Any, Any, T]) -> T:
    """To its end, without a loop."""
    try:
        while work.send(None) is None:  # it merely let others go first, of whom there are none here
            continue
    except StopIteration as end:
        done: T = end.value
        return done
    finally:
        work.close()
    raise RuntimeError("a transaction that is carried out at once may await nothing but its statements")


async def _define_functions(connection: aiosqlite.Connection) -> None:
    await connection.create_function("lower", 1, _lower, deterministic=True)
    await connection.create_function("clock", 1, _clock)


def _clock(ahead: float) -> str:
    """So many seconds from now, as instants are written."""
    return (datetime.now(UTC) + timedelta(seconds=ahead)).isoformat(" ")


def _lower(text: object) -> object:
    """SQLite's own knows ASCII only."""
    return text.lower() if isinstance(text, str) else text


client_class = ImmediateClient
