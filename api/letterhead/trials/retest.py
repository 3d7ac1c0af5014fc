"""Accounts are tested again by themselves, as often as their company's policy says."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog

from letterhead.accounts.account import Status
from letterhead.diagnosis.permanence import ABOUT_SIGN_IN
from letterhead.errors import Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.store import models
from letterhead.store.database import Row, as_id, clock, is_postgres, now, select
from letterhead.trials.verbs import TestAccount, start

log = structlog.get_logger(__name__)

LOOK_SECONDS = 30.0
AT_A_TIME = 10
"""So many are begun at each look, so that accounts that were connected on one day are not tested at once."""

LEASE_SECONDS = 600
DAY = 86_400
MAY = frozenset({Permission.TEST, Permission.MANAGE_COMPANY_ACCOUNTS, Permission.MANAGE_OWN_ACCOUNTS})


async def run_retests(house: House, *, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await retest_due(house)
        except Exception:
            log.exception("accounts could not be tested again")
        try:
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        except TimeoutError:
            continue


async def retest_due(house: House) -> list[UUID]:
    """Begins the tests of some accounts whose last one is too old. The tests' ids."""
    begun = []
    for row in await _claimed():
        account_id = as_id(row["id"])
        try:
            command = TestAccount(account_id=account_id, by_itself=True)
            begun.append(await start(house, command, by=_itself(row)))
        except Refused as refused:
            log.info("an account is not tested again", account=str(account_id), why=str(refused))
            await models.EmailAccount.filter(id=account_id).update(tested_at=now(), retest_lease_until=None)
    return begun


async def _claimed() -> list[Row]:
    """Accounts that this process is to test, and no other one of however many."""
    rows = await select("SELECT DISTINCT retest_after_days AS days FROM company WHERE retest_after_days > 0")
    claimed: list[Row] = []
    for days in (row["days"] for row in rows):
        if len(claimed) < AT_A_TIME:
            claimed += await _claim(days, AT_A_TIME - len(claimed))
    return claimed


async def _claim(days: int, most: int) -> Sequence[Row]:
    """A secret that was refused is not shown again by itself: an account that is paused for that stays so
    until a person changes it or tests it."""
    codes = sorted(ABOUT_SIGN_IN)
    refused = ", ".join(f"${number}" for number in range(4, 4 + len(codes)))
    return await select(
        f"""
        UPDATE email_account SET retest_lease_until = {clock(LEASE_SECONDS)} WHERE id IN (
            SELECT a.id FROM email_account a
            WHERE a.company_id IN (SELECT id FROM company WHERE retest_after_days = $1)
              AND (a.tested_at IS NULL OR a.tested_at <= {clock(-days * DAY)})
              AND (a.retest_lease_until IS NULL OR a.retest_lease_until <= {clock()})
              AND (a.status = $2 OR (a.status = $3 AND a.problem ->> 'code' NOT IN ({refused})))
            ORDER BY a.tested_at LIMIT {most} {"FOR UPDATE SKIP LOCKED" if is_postgres() else ""}
        )
        RETURNING id, company_id, owner_id
        """,
        days,
        Status.READY.value,
        Status.PAUSED.value,
        *codes,
    )


def _itself(account: Row) -> Actor:
    """Who acts when nobody asked for it: as much as the account's owner may do, and no more."""
    company_id, owner_id = as_id(account["company_id"]), as_id(account["owner_id"])
    return Actor(
        company_id=company_id,
        key="system:retest",
        name="Retest",
        permissions=MAY,
        employee_id=None if owner_id == company_id else owner_id,
    )
