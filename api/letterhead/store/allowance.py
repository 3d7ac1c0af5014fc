"""How often something may happen, counted for all processes at once: the generic cell rate algorithm (ITU-T
I.371 annex A), of which a row of two numbers is all that has to be kept."""

from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.store.clearing import BATCH, MOST_AT_ONCE
from letterhead.store.database import is_postgres, now, select

FORGOTTEN_SECONDS = 3600
"""More than clocks of machines differ by."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """``burst`` at once; one is made up for every ``interval`` seconds."""

    burst: float
    interval: float


def at_most(most: int, seconds: float) -> Rate:
    """Never more than ``most`` in any ``seconds``, wherever they begin; a tenth of it at once."""
    burst = max(1, most // 10)
    return Rate(burst=burst, interval=seconds / (most - burst + 1))


def refilled(most: int, seconds: float) -> Rate:
    """``most`` at once, and as many again after ``seconds``."""
    return Rate(burst=most, interval=seconds / most)


async def take(
    company_id: UUID, subject: str, rate: Rate, *, amount: float = 1, at: float | None = None
) -> float:
    """0: ``amount`` has been taken. Otherwise nothing was, and it is worth asking again in so many seconds.

    More than the burst is never given. ``at``: seconds since 1970, by default PostgreSQL's clock or the
    machine's. A clock that was put back costs at most the time of a burst.
    """
    clock, latest = _clock(at), "GREATEST" if is_postgres() else "MAX"
    span, cost = rate.burst * rate.interval, amount * rate.interval
    used = f"{latest}(allowance.busy_until, {clock}) + $5"
    rows = await select(
        f"""
        INSERT INTO allowance (id, company_id, subject, busy_until) SELECT $1, $2, $3, {clock} + $5
        WHERE $5 <= $4 + 0.000001
        ON CONFLICT (company_id, subject) DO UPDATE SET busy_until = {used}
        WHERE {used} <= {clock} + $4 + 0.000001
        RETURNING busy_until
        """,
        uuid7(),
        company_id,
        subject,
        span,
        cost,
    )
    return 0.0 if rows else await _wait(company_id, subject, span, cost, clock)


async def left(company_id: UUID, subject: str, rate: Rate, *, at: float | None = None) -> float:
    """How much could be taken now."""
    waited = await _used(company_id, subject, _clock(at))
    return max(0.0, rate.burst - waited / rate.interval)


async def sweep(*, at: float | None = None) -> int:
    """Forgets who has had all made up for, an hour ago: they are given the same without a row. How many."""
    count = 0
    for _ in range(MOST_AT_ONCE // BATCH):
        # Said twice: whoever takes meanwhile has changed what the inner statement saw.
        is_full = f"busy_until < {_clock(at)} - {FORGOTTEN_SECONDS}"
        found = f"SELECT id FROM allowance WHERE {is_full} ORDER BY id LIMIT {BATCH}"
        rows = await select(f"DELETE FROM allowance WHERE id IN ({found}) AND {is_full} RETURNING id")
        count += len(rows)
        if len(rows) < BATCH:
            break
    return count


async def _wait(company_id: UUID, subject: str, span: float, cost: float, clock: str) -> float:
    used = await _used(company_id, subject, clock)
    if used > span + 1:
        await _believe_clock(company_id, subject, span, clock)
    return max(0.001, min(used, span) + cost - span)


async def _believe_clock(company_id: UUID, subject: str, span: float, clock: str) -> None:
    """It was put back since: nothing else makes the row point so far ahead."""
    await select(
        f"""
        UPDATE allowance SET busy_until = {clock} + $3
        WHERE company_id = $1 AND subject = $2 AND busy_until > {clock} + $3 + 1 RETURNING id
        """,
        company_id,
        subject,
        span,
    )


async def _used(company_id: UUID, subject: str, clock: str) -> float:
    rows = await select(
        f"SELECT busy_until - {clock} AS used FROM allowance WHERE company_id = $1 AND subject = $2",
        company_id,
        subject,
    )
    return max(0.0, float(rows[0]["used"])) if rows else 0.0


def _clock(at: float | None) -> str:
    if at is None and is_postgres():
        return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS double precision)"
    return repr(float(at if at is not None else now().timestamp()))
