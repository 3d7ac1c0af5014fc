"""Tortoise's PostgreSQL backend, with reads that cost one round trip and make no copies."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from letterhead.store.connections import Connections

LONGEST_KEPT = 64 * 1024
"""Octets of a statement whose plan is kept: planning the longest takes longer than they do."""
MOST_TURNS, IDLE_SECONDS = 50_000, 300.0
"""As asyncpg's own pool has them, where the database's address does not say otherwise."""


class Transaction(TransactionContextPooled):
    """Tortoise's, which would keep the connection of one that could not begin."""

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await super().__aenter__()
        except BaseException:
            wrapper: Any = self.client
            if wrapper._connection is not None:  # noqa: SLF001 - where Tortoise has it
                await wrapper._parent._pool.release(wrapper._connection, spent=True)  # noqa: SLF001
            if hasattr(self, "token"):
                get_connections().reset(self.token)
            raise


class DirectClient(AsyncpgDBClient):
    async def create_pool(self, **given: Any) -> Connections:
        """``given``: as to asyncpg's. With one opened. Raises what is in TROUBLE."""
        bounds: dict[str, Any] = {
            "least": given.pop("min_size"),
            "most": given.pop("max_size"),
            "most_turns": given.pop("max_queries", MOST_TURNS),
            "idle_seconds": given.pop("max_inactive_connection_lifetime", IDLE_SECONDS),
        }
        connect = partial(asyncpg.connect, **{"max_cacheable_statement_size": LONGEST_KEPT, **given})
        connections = Connections(connect, **bounds)
        await connections.release(await connections.acquire())
        return connections

    def _in_transaction(self) -> TransactionContext:
        return Transaction(TransactionWrapper(self), self._pool_init_lock)

    async def fetch(self, sql: str, values: tuple[Any, ...]) -> list[asyncpg.Record]:
        """Of a statement outside any transaction. Raises Tortoise's exceptions, as its other ways do."""
        connections: Connections | None = self._pool
        if connections is None:
            await self.acquire_connection().ensure_connection()
            return await self.fetch(sql, values)
        self.log.debug("%s: %s", sql, values)
        try:
            return await connections.fetch(sql, values)
        except (asyncpg.SyntaxOrAccessError, asyncpg.DataError) as exc:
            raise OperationalError(exc) from exc
        except asyncpg.IntegrityConstraintViolationError as exc:
            raise IntegrityError(exc) from exc


TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a server that cannot be reached, or does not want us, is met by."""


async def connect(credentials: Mapping[str, Any]) -> asyncpg.Connection:
    """A connection beside Tortoise's own. Raises what is in TROUBLE."""
    places = ("host", "port", "user", "password", "database", "ssl")
    return await asyncpg.connect(**{name: credentials[name] for name in places if name in credentials})


client_class = DirectClient
