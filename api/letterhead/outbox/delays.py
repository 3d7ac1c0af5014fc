"""Messages that take longer than people expect: found, and said once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from letterhead import telling
from letterhead.house import House
from letterhead.outbox.rules import MessageStatus
from letterhead.store.database import Row, as_id, now, select, transaction

AT_A_TIME = 500


async def note_delays(house: House) -> int:
    """Marks what is still deferred so long after it could first be sent; how many there were."""
    count = 0
    while found := await _noted(house.settings.delay_notice_hours):
        for row in found:
            house.news.changed(as_id(row["id"]))
        count += len(found)
    return count


async def _noted(hours: int) -> Sequence[Row]:
    async with transaction():
        found = await _marked(hours)
        late: defaultdict[UUID, list[UUID]] = defaultdict(list)
        for row in found:
            late[as_id(row["company_id"])].append(as_id(row["id"]))
        for company_id, message_ids in late.items():
            await telling.messages_changed(company_id, message_ids, "delayed")
    return found


async def _marked(hours: int) -> Sequence[Row]:
    at = now()
    return await select(
        f"""UPDATE message SET delayed_since = $1 WHERE id IN (
                SELECT id FROM message
                WHERE next_attempt_at IS NOT NULL AND status = $2 AND delayed_since IS NULL
                  AND COALESCE(not_before, queued_at) <= $3
                ORDER BY id LIMIT {AT_A_TIME}
            ) AND delayed_since IS NULL RETURNING id, company_id""",
        at,
        MessageStatus.DEFERRED.value,
        at - timedelta(hours=hours),
    )
