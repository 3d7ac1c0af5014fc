"""What ``writing`` does, in one statement and so in round trip: PostgreSQL writes several tables with one.

Only of what needs nothing else: what a webhook is to be told of, or the audit log, is left to ``writing``.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.outbox.writing import Begun, Entry, Settled, as_text, reply_as_text
from letterhead.store.database import as_id, select

WRITTEN = """
WITH begun AS (
    UPDATE message SET transmitting = TRUE, dated_at = given.dated_at
    FROM unnest((SELECT $1::uuid[]), $2::uuid[], $3::timestamptz[]) AS given (id, token, dated_at)
    WHERE message.id = given.id AND lease_token = given.token AND lease_until > now()
    RETURNING message.id
), settled AS (
    UPDATE message SET status = given.status, next_attempt_at = given.next_attempt_at,
           held_because = NULL, waiting_for = given.waiting_for::jsonb, uncertain_count = given.losses,
           attempt_count = attempt_count + given.attempts, finished_at = given.finished_at, fault_count = 0,
           transmitting = FALSE, lease_owner = NULL, lease_token = NULL, lease_until = NULL
    FROM unnest((SELECT $4::uuid[]), $5::uuid[], $6::text[], $7::timestamptz[], $8::text[], $9::int[],
                $10::int[], $11::timestamptz[])
         AS given (id, token, status, next_attempt_at, waiting_for, losses, attempts, finished_at)
    WHERE message.id = given.id AND lease_token = given.token
      AND NOT EXISTS (SELECT 1 FROM webhook WHERE webhook.company_id = message.company_id)
    RETURNING message.id
), verdicts AS (
    UPDATE recipient SET status = given.status, diagnosis = given.diagnosis::jsonb
    FROM unnest((SELECT $12::uuid[]), $13::uuid[], $14::text[], $15::text[])
         AS given (message_id, id, status, diagnosis)
    WHERE recipient.id = given.id AND given.message_id IN (SELECT id FROM settled)
), attempts AS (
    INSERT INTO delivery_attempt (id, company_id, message_id, at, took_ms, reply, diagnosis)
    SELECT given.id, company_id, message_id, at, took_ms, reply::jsonb, diagnosis::jsonb
    FROM unnest((SELECT $16::uuid[]), $17::uuid[], $18::uuid[], $19::timestamptz[], $20::int[], $21::text[],
                $22::text[])
         AS given (id, company_id, message_id, at, took_ms, reply, diagnosis)
    WHERE given.message_id IN (SELECT id FROM settled)
)
SELECT id FROM begun UNION ALL SELECT id FROM settled
"""
"""``(SELECT $1)`` hides from the planner how many there are: the statement then costs the same each time, so
that it is planned for the first few times only."""


async def write(entries: Sequence[Entry]) -> frozenset[UUID]:
    """The messages about which all is written; about the others nothing is."""
    begun = [(*one.claim.fence, one.dated_at) for one in entries if isinstance(one, Begun)]
    settled = [one for one in entries if isinstance(one, Settled) and one.settlement.held_because is None]
    if not (begun or settled):
        return frozenset()
    rows = await select(
        WRITTEN,
        *_columns(begun, 3),
        *_columns([_message(one) for one in settled], 8),
        *_columns([verdict for one in settled for verdict in _verdicts(one)], 4),
        *_columns([attempt for one in settled for attempt in _attempts(one)], 7),
    )
    return frozenset(as_id(row["id"]) for row in rows)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width


def _message(one: Settled) -> tuple[Any, ...]:
    settlement = one.settlement
    return (
        *one.claim.fence,
        settlement.status.value,
        settlement.next_attempt_at,
        as_text(settlement.waiting_for),
        settlement.losses,
        int(settlement.attempt is not None),
        settlement.finished_at,
    )


def _verdicts(one: Settled) -> list[tuple[Any, ...]]:
    return [
        (one.claim.id, recipient_id, verdict.status.value, as_text(verdict.diagnosis))
        for recipient_id, verdict in one.settlement.verdicts.items()
    ]


def _attempts(one: Settled) -> list[tuple[Any, ...]]:
    attempt = one.settlement.attempt
    if attempt is None:
        return []
    about = (uuid7(), one.claim.company_id, one.claim.id)
    return [(*about, attempt.at, attempt.took_ms, reply_as_text(attempt.reply), as_text(attempt.diagnosis))]
