"""Letting go of rows, a few at a time, so that nobody waits for long."""

from typing import Any

from letterhead.store.database import select

BATCH = 500
MOST_AT_ONCE = 20_000
"""What is left is the next time's."""


async def delete_in_batches(table: str, ids: str, *values: Any) -> int:
    """Deletes the rows whose ids the statement ``ids`` finds; how many there were."""
    count = 0
    for _ in range(MOST_AT_ONCE // BATCH):
        rows = await select(
            f"DELETE FROM {table} WHERE id IN ({ids} ORDER BY id LIMIT {BATCH}) RETURNING id", *values
        )
        count += len(rows)
        if len(rows) < BATCH:
            break
    return count
