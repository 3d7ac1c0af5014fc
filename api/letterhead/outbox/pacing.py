"""How much an account may send: its service's limits and its own, whichever is stricter, counted by all
workers together. What is over them waits for its turn, which is no attempt and keeps nobody busy."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import orjson

from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.house import House
from letterhead.outbox import reasons
from letterhead.outbox.rules import stricter
from letterhead.store import models
from letterhead.store.allowance import Rate, at_most, left, take
from letterhead.store.database import as_id, as_instant, clock, execute_many, select
from letterhead_providers import Limits

MINUTE, DAY = 60.0, 86_400.0
MOST_TOLD = 1_000
"""Messages that are given a time at once; those after them are looked at when these have gone."""

SHORTEST_WAIT = 1.0
LONGEST_REST = 5.0
"""Seconds after which an account is looked at again, whatever was found before: limits can be changed."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    most: int
    seconds: float

    @property
    def rate(self) -> Rate:
        return at_most(self.most, self.seconds)


@dataclass(frozen=True, kw_only=True)
class Full:
    """The account has sent as much as ``limit`` allows; ``wait``: seconds until it may send one more."""

    limit: Limit
    wait: float


def limits_of(account: models.EmailAccount, service: Limits | None) -> tuple[Limit, ...]:
    minute = stricter(account.messages_per_minute, service.messages_per_minute if service else None)
    day = stricter(account.messages_per_day, service.messages_per_day if service else None)
    both = ((minute, MINUTE), (day, DAY))
    return tuple(Limit(most=most, seconds=seconds) for most, seconds in both if most)


async def may_send(account: models.EmailAccount, limits: tuple[Limit, ...]) -> Full | None:
    """None: one message may go now, and is counted. The minute is asked first: what was taken from it for
    nothing is soon made up for."""
    for limit in limits:
        if wait := await take(account.company_id, _subject(account, limit), limit.rate):
            return Full(limit=limit, wait=max(wait, SHORTEST_WAIT))
    return None


async def is_full(account: models.EmailAccount, limits: tuple[Limit, ...]) -> Full | None:
    """The same without counting anything."""
    for limit in limits:
        rate = limit.rate
        free = await left(account.company_id, _subject(account, limit), rate)
        if free < 1:
            return Full(limit=limit, wait=max((1 - free) * rate.interval, SHORTEST_WAIT))
    return None


def _subject(account: models.EmailAccount, limit: Limit) -> str:
    return f"account:{account.id}:{limit.seconds:.0f}"


async def tell_to_wait(house: House, account_id: UUID | None, full: Full) -> None:
    """Each message of the account that is due is told when its turn comes."""
    rows = await select(
        f"""SELECT id, {clock()} AS at FROM message
            WHERE account_id = $1 AND next_attempt_at <= {clock()} AND lease_token IS NULL
            ORDER BY next_attempt_at, id LIMIT {MOST_TOLD}""",
        account_id,
    )
    first, step = timedelta(seconds=full.wait), timedelta(seconds=full.limit.rate.interval)
    turns = [
        (as_id(row["id"]), as_instant(row["at"]) + first + place * step) for place, row in enumerate(rows)
    ]
    await execute_many(
        """UPDATE message SET waiting_for = $2,
                  next_attempt_at = CASE WHEN expires_at < $3 THEN expires_at ELSE $3 END
           WHERE id = $1 AND lease_token IS NULL AND next_attempt_at IS NOT NULL""",
        [
            (
                message_id,
                orjson.dumps(
                    diagnosis_to_json(
                        reasons.rate_limited(full.limit.most, daily=full.limit.seconds == DAY, at=at)
                    )
                ).decode(),
                at,
            )
            for message_id, at in turns
        ],
    )
    for message_id, _ in turns:
        house.news.changed(message_id)
