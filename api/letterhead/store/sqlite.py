"""Tortoise's SQLite backend, with transactions that take the write lock at their start.

A deferred transaction that reads first and writes later fails at once when another process wrote in
between; ``BEGIN IMMEDIATE`` waits its turn instead (https://sqlite.org/lang_transaction.html).
"""

import asyncio
import sqlite3

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
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
    async def create_connection(self, with_db: bool) -> None:
        await super().create_connection(with_db)
        if self._connection:
            await self._connection.create_function("lower", 1, _lower, deterministic=True)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateContext(ImmediateTransaction(self), self._lock)


def _lower(text: object) -> object:
    """SQLite's own knows ASCII only."""
    return text.lower() if isinstance(text, str) else text


client_class = ImmediateClient
