"""The outbox as a queue: who has which message in hand, by a lease that every later write must still hold.

A message is due when ``next_attempt_at`` has come and no lease on it is running; so one whose worker died
is due again by itself. Leases are told by one clock: PostgreSQL's own, or on SQLite the machine's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from letterhead.diagnosis.stored import diagnosis_to_json, reply_to_json
from letterhead.errors import LetterheadError
from letterhead.outbox.outcome import Addressee, Attempt, Settlement, Verdict
from letterhead.outbox.rules import DeliveryStatus, WhenUncertain
from letterhead.store import models
from letterhead.store.database import Row, as_id, as_instant, clock, is_postgres, select, transaction
from letterhead.store.where import Where
from letterhead_providers import Diagnosis

TOPIC = UUID("6f757462-6f78-4000-8000-000000000000")
"""What the news is about when there may be something to deliver."""

LEASE_SECONDS = 60

MOST_LOOKED_AT = 5_000
"""Due messages, the oldest first, among which accounts are looked for: a long queue costs no more."""


class LeaseLost(LetterheadError):
    """Somebody else may have the message in hand by now; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A message in hand. ``transmitting``: a worker was lost between its final dot and the answer.
    ``faults``: how often it was taken in hand without an orderly end, this time included."""

    id: UUID
    token: UUID
    company_id: UUID
    account_id: UUID | None
    author_id: UUID | None
    project_id: UUID | None
    from_address: str
    content: bytes
    attempt_count: int
    dated_at: datetime | None
    expires_at: datetime
    expired: bool
    transmitting: bool
    losses: int
    faults: int
    policy: WhenUncertain


CLAIMED = """
    id, company_id, account_id, author_id, project_id, from_address, content, attempt_count, dated_at,
    expires_at, expires_at <= {clock} AS expired, transmitting, uncertain_count, fault_count,
    (SELECT c.when_uncertain FROM company c WHERE c.id = message.company_id) AS when_uncertain
"""


async def due_accounts(most: int, *, besides: Collection[UUID | None]) -> list[UUID | None]:
    """Whose messages are due, the longest waiting first. None: messages whose account was deleted."""
    where = _due()
    known = [account_id for account_id in besides if account_id is not None]
    if known:
        where.add(f"account_id IS NULL OR account_id NOT IN ({', '.join(['{}'] * len(known))})", *known)
    if None in besides:
        where.add("account_id IS NOT NULL")
    rows = await select(
        f"""
        SELECT account_id FROM (
            SELECT account_id, next_attempt_at FROM message WHERE {where}
            ORDER BY next_attempt_at LIMIT {MOST_LOOKED_AT}
        ) due GROUP BY account_id ORDER BY MIN(next_attempt_at) LIMIT {most}
        """,
        *where.values,
    )
    return [as_id(row["account_id"]) if row["account_id"] else None for row in rows]


async def claim(account_id: UUID | None, *, worker: str) -> Claim | None:
    """The account's message that is due the longest, now in this worker's hand."""
    token, where = uuid4(), Where()
    where.add("account_id IS NULL") if account_id is None else where.add("account_id = {}", account_id)
    due = f"{where} AND {_due()}"
    owner, fence = f"${len(where.values) + 1}", f"${len(where.values) + 2}"
    rows = await select(
        f"""
        UPDATE message SET status = 'SENDING', lease_owner = {owner}, lease_token = {fence},
               lease_until = {clock(LEASE_SECONDS)}, fault_count = fault_count + 1
        WHERE id = (SELECT id FROM message WHERE {due} ORDER BY next_attempt_at, id LIMIT 1
                    {"FOR UPDATE SKIP LOCKED" if is_postgres() else ""})
        RETURNING {CLAIMED.format(clock=clock())}
        """,
        *where.values,
        worker,
        token,
    )
    return _claim(rows[0], token) if rows else None


async def keep(claim: Claim) -> bool:
    """Make the lease last from now on again. False: it is lost."""
    return await _lease(claim, LEASE_SECONDS)


async def addressees(claim: Claim) -> tuple[Addressee, ...]:
    rows = await select(
        """SELECT id, address, status FROM recipient
           WHERE company_id = $1 AND message_id = $2 ORDER BY position""",
        claim.company_id,
        claim.id,
    )
    return tuple(
        Addressee(id=as_id(row["id"]), address=row["address"], status=DeliveryStatus(row["status"]))
        for row in rows
    )


async def mark_transmitting(claim: Claim, *, dated_at: datetime) -> None:
    """From here on a loss means that the message may have been delivered. Raises LeaseLost."""
    await _write(claim, transmitting=True, dated_at=dated_at)


async def put_back(claim: Claim, *, seconds: int) -> None:
    """After a fault of our own: due again in a while, with all that is known about it."""
    await _lease(claim, seconds)


async def settle(claim: Claim, settlement: Settlement) -> None:
    """Write what became of it and let it go, all or nothing. Raises LeaseLost."""
    async with transaction():
        await _write(
            claim,
            status=settlement.status.value,
            next_attempt_at=settlement.next_attempt_at,
            finished_at=settlement.finished_at,
            held_because=_json(settlement.held_because),
            waiting_for=_json(settlement.waiting_for),
            attempt_count=claim.attempt_count + (settlement.attempt is not None),
            uncertain_count=settlement.losses,
            fault_count=0,
            transmitting=False,
            lease_owner=None,
            lease_token=None,
            lease_until=None,
        )
        await _write_verdicts(claim, settlement)
        if settlement.attempt:
            await _write_attempt(claim, settlement.attempt)


async def _write_verdicts(claim: Claim, settlement: Settlement) -> None:
    alike: dict[Verdict, list[UUID]] = {}
    for recipient_id, verdict in settlement.verdicts.items():
        alike.setdefault(verdict, []).append(recipient_id)
    for verdict, ids in alike.items():
        await models.Recipient.filter(company_id=claim.company_id, id__in=ids).update(
            status=verdict.status.value, diagnosis=_json(verdict.diagnosis)
        )


async def _write_attempt(claim: Claim, attempt: Attempt) -> None:
    await models.DeliveryAttempt.create(
        company_id=claim.company_id,
        message_id=claim.id,
        at=attempt.at,
        took_ms=attempt.took_ms,
        reply=reply_to_json(attempt.reply) if attempt.reply else None,
        diagnosis=_json(attempt.diagnosis),
    )


async def _write(claim: Claim, **columns: Any) -> None:
    if not await models.Message.filter(id=claim.id, lease_token=claim.token).update(**columns):
        raise LeaseLost("the lease on a message was lost")


async def _lease(claim: Claim, seconds: int) -> bool:
    rows = await select(
        f"""UPDATE message SET lease_until = {clock(seconds)}
            WHERE id = $1 AND lease_token = $2 RETURNING id""",
        claim.id,
        claim.token,
    )
    return bool(rows)


def _due() -> Where:
    where = Where()
    where.add(f"next_attempt_at <= {clock()}")
    where.add(f"lease_until IS NULL OR lease_until <= {clock()}")
    return where


def _claim(row: Row, token: UUID) -> Claim:
    return Claim(
        id=as_id(row["id"]),
        token=token,
        company_id=as_id(row["company_id"]),
        account_id=_id(row["account_id"]),
        author_id=_id(row["author_id"]),
        project_id=_id(row["project_id"]),
        from_address=row["from_address"],
        content=bytes(row["content"]),
        attempt_count=row["attempt_count"],
        dated_at=as_instant(row["dated_at"]) if row["dated_at"] else None,
        expires_at=as_instant(row["expires_at"]),
        expired=bool(row["expired"]),
        transmitting=bool(row["transmitting"]),
        losses=row["uncertain_count"],
        faults=row["fault_count"],
        policy=WhenUncertain(row["when_uncertain"]),
    )


def _id(value: Any) -> UUID | None:
    return as_id(value) if value else None


def _json(diagnosis: Diagnosis | None) -> dict[str, Any] | None:
    return diagnosis_to_json(diagnosis) if diagnosis else None
