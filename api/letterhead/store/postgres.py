"""Tortoise's PostgreSQL backend, with reads that cost one round trip and make no copies."""

from collections.abc import Mapping
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base_postgres.client import translate_exceptions

LONGEST_KEPT = 64 * 1024
"""Octets of a statement whose plan is kept: planning the longest takes longer than they do."""


class DirectClient(AsyncpgDBClient):
    async def create_pool(self, **given: Any) -> asyncpg.Pool:
        return await super().create_pool(
            reset=_as_it_is, **{"max_cacheable_statement_size": LONGEST_KEPT, **given}
        )

    @translate_exceptions
    async def fetch(self, sql: str, values: tuple[Any, ...]) -> list[asyncpg.Record]:
        """Of a statement that reads, outside any transaction."""
        wrapper = self.acquire_connection()
        connection = await wrapper.__aenter__()
        try:
            self.log.debug("%s: %s", sql, values)
            rows: list[asyncpg.Record] = await connection.fetch(sql, *values)
        except BaseException:
            await wrapper.__aexit__(None, None, None)
            raise
        if not _given_back(connection):
            await wrapper.__aexit__(None, None, None)
        return rows


def _given_back(proxy: Any) -> bool:
    """In place, after a statement that was carried out and left nothing to put back. Pool.release makes a
    task, lest it be cancelled while it waits, which costs more than the statement; here it would not wait.

    False: the pool has to look at the connection itself, because it is lost or has served its time.
    """
    connection, holder = proxy._con, proxy._holder  # noqa: SLF001 - what Pool.release does in asyncpg 0.32
    if connection.is_closed() or connection._protocol.queries_count >= holder._max_queries:  # noqa: SLF001
        return False
    holder._release()  # noqa: SLF001
    holder._setup_inactive_callback()  # noqa: SLF001
    return True


async def _as_it_is(_: asyncpg.Connection) -> None:
    """Nothing here changes a session, so that there is nothing to put back after each statement. What is
    still open of a transaction asyncpg rolls back before it asks."""


TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a server that cannot be reached, or does not want us, is met by."""


async def connect(credentials: Mapping[str, Any]) -> asyncpg.Connection:
    """A connection beside Tortoise's own. Raises what is in TROUBLE."""
    places = ("host", "port", "user", "password", "database", "ssl")
    return await asyncpg.connect(**{name: credentials[name] for name in places if name in credentials})


client_class = DirectClient
