"""Messages that take longer than people expect: found, and said once."""

from datetime import timedelta

from letterhead.house import House
from letterhead.outbox.rules import MessageStatus
from letterhead.store.database import as_id, now, select

AT_A_TIME = 500


async def note_delays(house: House) -> int:
    """Marks what is still deferred so long after it could first be sent; how many there were."""
    count = 0
    while found := await _marked(house.settings.delay_notice_hours):
        for row in found:
            house.news.changed(as_id(row["id"]))
        count += len(found)
    return count


async def _marked(hours: int) -> list[dict[str, object]]:
    at = now()
    rows = await select(
        f"""UPDATE message SET delayed_since = $1 WHERE id IN (
                SELECT id FROM message
                WHERE next_attempt_at IS NOT NULL AND status = $2 AND delayed_since IS NULL
                  AND COALESCE(not_before, queued_at) <= $3
                ORDER BY id LIMIT {AT_A_TIME}
            ) AND delayed_since IS NULL RETURNING id""",
        at,
        MessageStatus.DEFERRED.value,
        at - timedelta(hours=hours),
    )
    return [dict(row) for row in rows]
