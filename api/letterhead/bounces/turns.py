"""Whose mailbox is read when: every few minutes each, some at once, by one process of however many."""

import asyncio
from uuid import UUID

import structlog

from letterhead.accounts.account import Status
from letterhead.bounces.reading import Look, look_into
from letterhead.bounces.rules import rest_after
from letterhead.house import House
from letterhead.store import models
from letterhead.store.database import as_id, clock, is_postgres, select

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0
AT_ONCE = 4
"""Mailboxes that a process reads at the same time."""

LEASE_SECONDS = 300
SOON_SECONDS = 5


async def run_bounces(house: House, *, stop: asyncio.Event) -> None:
    """Until ``stop`` is set; looks that are under way are broken off then, for they leave no trace."""
    looking = asyncio.create_task(_for_ever(house))
    await stop.wait()
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def _for_ever(house: House) -> None:
    while True:
        try:
            found = await read_due(house)
        except Exception:
            log.exception("mailboxes could not be read for bounces")
            found = 0
        if found < AT_ONCE:
            await asyncio.sleep(LOOK_SECONDS)


async def read_due(house: House) -> int:
    """Reads some mailboxes whose time has come. How many."""
    accounts = await _claim(AT_ONCE)
    results = await asyncio.gather(*(_take_turn(house, one) for one in accounts), return_exceptions=True)
    for result in results:
        if isinstance(result, asyncio.CancelledError):
            raise result
    return len(accounts)


async def _take_turn(house: House, account_id: UUID) -> None:
    """Whatever one mailbox does, the others are read."""
    try:
        account = await models.EmailAccount.get(id=account_id)
        look = await look_into(house, account)
    except Exception as exc:  # noqa: BLE001 - one mailbox's fault must not stop the others
        log.warning("a mailbox met a fault", account=str(account_id), error=type(exc).__name__)
        await _rest(account_id, rest_after(4))
        return
    await models.EmailAccount.filter(id=account_id).update(inbox_mark=look.mark.to_json())
    await _rest(account_id, _seconds(house, look))


def _seconds(house: House, look: Look) -> int:
    if look.more:
        return SOON_SECONDS
    usual = house.settings.bounce_seconds
    return max(usual, rest_after(look.mark.failures)) if look.mark.failures else usual


async def _claim(most: int) -> list[UUID]:
    """In the order in which they are due, so that all get their turn. What is paused is left alone: its
    sign-in may have been refused."""
    skip = "FOR UPDATE SKIP LOCKED" if is_postgres() else ""
    rows = await select(
        f"""
        UPDATE email_account SET inbox_lease_until = {clock(LEASE_SECONDS)} WHERE id IN (
            SELECT a.id FROM email_account a
            WHERE a.reads_bounces AND a.incoming IS NOT NULL AND a.status = $1
              AND (a.inbox_due_at IS NULL OR a.inbox_due_at <= {clock()})
              AND (a.inbox_lease_until IS NULL OR a.inbox_lease_until <= {clock()})
            ORDER BY a.inbox_due_at NULLS FIRST LIMIT {most} {skip}
        )
        RETURNING id
        """,
        Status.READY.value,
    )
    return [as_id(row["id"]) for row in rows]


async def _rest(account_id: UUID, seconds: int) -> None:
    await select(
        f"""UPDATE email_account SET inbox_due_at = {clock(seconds)}, inbox_lease_until = NULL
            WHERE id = $1 RETURNING id""",
        account_id,
    )
