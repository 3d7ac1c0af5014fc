"""How long messages are kept: what they say for a while, what became of them for longer.

Only what is finished is ever touched. Each batch is a transaction of its own, so that nobody waits for long.
"""

from datetime import datetime, timedelta
from uuid import UUID

from letterhead.house import House
from letterhead.store import models
from letterhead.store.database import as_id, is_postgres, now, select, transaction

BATCH = 200
MOST_AT_ONCE = 20_000
"""Of a company, each time: what is left is the next time's."""


async def erase_contents(house: House) -> int:
    """The letters of messages that have been finished for so many days; how many there were."""
    days = house.settings.keep_content_days
    if days is None:
        return 0
    before, count = now() - timedelta(days=days), 0
    for company_id in await _companies():
        for _ in range(MOST_AT_ONCE // BATCH):
            rows = await select(
                f"""UPDATE message SET content = $1, content_erased_at = $2 WHERE id IN (
                        {_finished("$3", "$4")} AND content_erased_at IS NULL {_batch()}
                    ) RETURNING id""",
                b"",
                now(),
                company_id,
                before,
            )
            count += len(rows)
            if len(rows) < BATCH:
                break
    return count


async def delete_messages(house: House) -> int:
    """All that is known about messages that have been finished for so many days; how many there were.

    What anybody did stays in the audit log.
    """
    days = house.settings.keep_messages_days
    if days is None:
        return 0
    before, count = now() - timedelta(days=days), 0
    for company_id in await _companies():
        for _ in range(MOST_AT_ONCE // BATCH):
            deleted = await _delete(company_id, before)
            count += deleted
            if deleted < BATCH:
                break
    return count


async def _delete(company_id: UUID, before: datetime) -> int:
    async with transaction():
        rows = await select(f"{_finished('$1', '$2')} {_batch()}", company_id, before)
        ids = [as_id(row["id"]) for row in rows]
        for model in (models.Recipient, models.DeliveryAttempt):
            await model.filter(company_id=company_id, message_id__in=ids).delete()
        await models.Message.filter(company_id=company_id, id__in=ids).delete()
    return len(ids)


def _finished(company: str, before: str) -> str:
    """The statement of the ids of what can go. Held messages wait for a person, and are not finished."""
    return f"SELECT id FROM message WHERE company_id = {company} AND finished_at <= {before}"


def _batch() -> str:
    """What another process is at is left to it."""
    return f"ORDER BY finished_at LIMIT {BATCH} {'FOR UPDATE SKIP LOCKED' if is_postgres() else ''}"


async def _companies() -> list[UUID]:
    return [as_id(row["id"]) for row in await select("SELECT id FROM company ORDER BY id")]
