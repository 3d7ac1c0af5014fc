"""Tortoise's SQLite backend, with transactions that take the write lock at their start, and a second
connection that only reads: whatever is being written, it sees what was committed last
(https://sqlite.org/wal.html).

A deferred transaction that reads first and writes later fails at once when another process wrote in
between; ``BEGIN IMMEDIATE`` waits its turn instead (https://sqlite.org/lang_transaction.html).
"""

import asyncio
import sqlite3
from collections.abc import Iterable
from typing import Any

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


class ImmediateClient(SqliteClient):
    _reader: aiosqlite.Connection | None = None

    async def create_connection(self, with_db: bool) -> None:
        await super().create_connection(with_db)
        if self._connection:
            await self._connection.create_function("lower", 1, _lower, deterministic=True)

    async def open_reader(self) -> None:
        """A database in memory is seen by one connection alone."""
        if self.filename == ":memory:":
            return
        self._reader = reader = await aiosqlite.connect(self.filename, isolation_level=None)
        reader.row_factory = sqlite3.Row
        await reader.create_function("lower", 1, _lower, deterministic=True)
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


def _lower(text: object) -> object:
    """SQLite's own knows ASCII only."""
    return text.lower() if isinstance(text, str) else text


client_class = ImmediateClient
