"""The outbox as a queue: who has which message in hand, by a lease that every later write must still hold.

A message is due when ``next_attempt_at`` has come and no lease on it is running; so one whose worker died
is due again by itself. Leases are told by one clock: PostgreSQL's own, or on SQLite the machine's.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from letterhead.errors import LetterheadError
from letterhead.outbox.fairness import Due
from letterhead.outbox.outcome import Addressee
from letterhead.outbox.rules import DeliveryStatus, WhenUncertain, status_of
from letterhead.store.database import Row, as_id, as_instant, as_json, clock, is_postgres, select
from letterhead.store.listed import among_ids, among_pairs, ids, pairs
from letterhead.store.where import Where

TOPIC = UUID("6f757462-6f78-4000-8000-000000000000")
"""What the news is about when there may be something to deliver."""

LEASE_SECONDS = 60

MOST_LOOKED_AT = 5_000
"""Due messages, the oldest first, among which accounts are looked for: a long queue costs no more."""

MOST_ACCOUNTS = 200
LARGE = 64 * 1024
"""Bytes from which on a message is fetched when its turn comes, and not with all that are claimed."""


class LeaseLost(LetterheadError):
    """Somebody else may have the message in hand by now; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A message in hand. ``token``: the same for all that were claimed together. ``content``: None where it
    is large. ``claimed_at``: by the clock that leases are told by; ``claimed``: the same moment by the
    monotonic one. ``transmitting``: a worker was lost between its final dot and the answer. ``faults``: how
    often it was taken in hand without an orderly end, this time included."""

    id: UUID
    token: UUID
    company_id: UUID
    account_id: UUID | None
    author_id: UUID | None
    project_id: UUID | None
    from_address: str
    content: bytes | None
    attempt_count: int
    due_at: datetime
    dated_at: datetime | None
    expires_at: datetime
    expired: bool
    transmitting: bool
    losses: int
    faults: int
    policy: WhenUncertain
    addressees: tuple[Addressee, ...]
    claimed_at: datetime
    claimed: float = field(default_factory=time.monotonic)

    @property
    def at(self) -> datetime:
        """What time it is, by the clock that says when a message is due."""
        return self.claimed_at + timedelta(seconds=time.monotonic() - self.claimed)

    @property
    def fence(self) -> tuple[UUID, UUID]:
        return self.id, self.token


CLAIMED = """
    id, company_id, account_id, author_id, project_id, from_address, attempt_count, dated_at, expires_at,
    next_attempt_at, {clock} AS claimed_at, expires_at <= {clock} AS expired, transmitting, uncertain_count,
    fault_count,
    CASE WHEN length(content) < {large} THEN content END AS content,
    (SELECT {listed} FROM recipient r WHERE r.company_id = message.company_id AND r.message_id = message.id)
        AS addressees,
    (SELECT c.when_uncertain FROM company c WHERE c.id = message.company_id) AS when_uncertain
"""


async def due_accounts(*, besides: Collection[UUID | None], deep: bool = False) -> list[Due]:
    """Whose messages are due, the longest waiting first. An account of None: it was deleted.

    ``deep``: look past however many messages of accounts that are not wanted; it costs as much more.
    """
    inner, outer = Where(), Where()
    inner.add(f"next_attempt_at <= {clock()}")
    unwanted = [account_id for account_id in besides if account_id is not None]
    (inner if deep else outer).add(
        f"account_id IS NULL OR account_id NOT IN {among_ids('{}')}", ids(unwanted)
    )
    if None in besides:
        (inner if deep else outer).add("account_id IS NOT NULL")
    rows = await select(
        f"""
        SELECT waiting.*, a.company_id, a.smtp FROM (
            SELECT account_id, COUNT(*) AS waiting, MIN(next_attempt_at) AS since FROM (
                SELECT account_id, next_attempt_at FROM message WHERE {inner}
                ORDER BY next_attempt_at LIMIT {MOST_LOOKED_AT}
            ) due WHERE {outer} GROUP BY account_id ORDER BY since LIMIT {MOST_ACCOUNTS}
        ) waiting LEFT JOIN email_account a ON a.id = waiting.account_id ORDER BY waiting.since
        """,
        *inner.values,
        *outer.values,
    )
    return [
        Due(
            account_id=_id(row["account_id"]),
            company_id=_id(row["company_id"]),
            host=(as_json(row["smtp"]) or {}).get("host", ""),
            waiting=row["waiting"],
        )
        for row in rows
    ]


async def claim(
    account_id: UUID | None, *, worker: str, most: int = 1, lines: int | None = None
) -> list[Claim]:
    """The account's messages that are due the longest, now in this worker's hand.

    ``lines``: nothing, where as many workers have some of them in hand already. One that was taken in hand
    before without an orderly end is taken alone: what it does to a worker happens to no other message.
    """
    token, where = uuid4(), Where()
    where.add("account_id IS NULL") if account_id is None else where.add("account_id = {}", account_id)
    due = f"{where} AND {_due()}"
    if lines is not None:
        due += f" AND {_lines(where)} < {lines}"
    owner, fence = f"${len(where.values) + 1}", f"${len(where.values) + 2}"
    rows = await select(
        f"""
        WITH due AS MATERIALIZED (
            SELECT id FROM message WHERE {due} ORDER BY next_attempt_at, id LIMIT {most}
            {"FOR UPDATE SKIP LOCKED" if is_postgres() else ""}
        )
        UPDATE message SET status = 'SENDING', lease_owner = {owner}, lease_token = {fence},
               lease_until = {clock(LEASE_SECONDS)}, fault_count = fault_count + 1
        WHERE id IN (SELECT id FROM due)
        RETURNING {CLAIMED.format(clock=clock(), large=LARGE, listed=_listed())}
        """,
        *where.values,
        worker,
        token,
    )
    claims = sorted((_claim(row, token) for row in rows), key=lambda one: (one.due_at, one.id))
    faulty = next((one for one in claims if one.faults > 1), None)
    if faulty is None or len(claims) == 1:
        return claims
    await release([one for one in claims if one is not faulty])
    return [faulty]


async def keep(claims: Sequence[Claim]) -> frozenset[UUID]:
    """Make their leases last from now on again. Those it is lost of are left out of the answer."""
    rows = await select(
        f"""UPDATE message SET lease_until = {clock(LEASE_SECONDS)}
            WHERE (id, lease_token) IN {among_pairs("$1", "$2")} RETURNING id""",
        *pairs([one.fence for one in claims]),
    )
    return frozenset(as_id(row["id"]) for row in rows)


async def release(claims: Sequence[Claim]) -> None:
    """Lay down what was not begun, as if it had never been in hand."""
    alike: dict[str, list[tuple[UUID, UUID]]] = {}
    for one in claims:
        status = status_of(addressee.status for addressee in one.addressees)
        alike.setdefault(status.value, []).append(one.fence)
    for state, fences in alike.items():
        await select(
            f"""UPDATE message SET status = $3, lease_owner = NULL, lease_token = NULL, lease_until = NULL,
                       fault_count = fault_count - 1
                WHERE (id, lease_token) IN {among_pairs("$1", "$2")} RETURNING id""",
            *pairs(fences),
            state,
        )


async def content(claim: Claim) -> bytes:
    if claim.content is not None:
        return claim.content
    rows = await select(
        "SELECT content FROM message WHERE company_id = $1 AND id = $2", claim.company_id, claim.id
    )
    return bytes(rows[0]["content"])


async def put_back(claim: Claim, *, seconds: int) -> None:
    """After a fault of our own: due again in a while, with all that is known about it."""
    await select(
        f"""UPDATE message SET lease_until = {clock(seconds)}
            WHERE id = $1 AND lease_token = $2 RETURNING id""",
        *claim.fence,
    )


def _listed() -> str:
    """A message's recipients as JSON."""
    array, row = ("json_agg", "json_build_array") if is_postgres() else ("json_group_array", "json_array")
    return f"{array}({row}(r.position, r.id, r.address, r.status))"


def _due() -> Where:
    where = Where()
    where.add(f"next_attempt_at <= {clock()}")
    where.add(f"lease_until IS NULL OR lease_until <= {clock()}")
    return where


def _lines(where: Where) -> str:
    """How many workers have some of the account's oldest messages in hand, in all processes."""
    return f"""(SELECT COUNT(DISTINCT lease_token) FROM (
        SELECT lease_token, lease_until FROM message WHERE {where} AND next_attempt_at <= {clock()}
        ORDER BY next_attempt_at LIMIT 200) oldest WHERE lease_until > {clock()})"""


def _claim(row: Row, token: UUID) -> Claim:
    return Claim(
        id=as_id(row["id"]),
        token=token,
        company_id=as_id(row["company_id"]),
        account_id=_id(row["account_id"]),
        author_id=_id(row["author_id"]),
        project_id=_id(row["project_id"]),
        from_address=row["from_address"],
        content=None if row["content"] is None else bytes(row["content"]),
        attempt_count=row["attempt_count"],
        due_at=as_instant(row["next_attempt_at"]),
        dated_at=as_instant(row["dated_at"]) if row["dated_at"] else None,
        expires_at=as_instant(row["expires_at"]),
        expired=bool(row["expired"]),
        transmitting=bool(row["transmitting"]),
        losses=row["uncertain_count"],
        faults=row["fault_count"],
        policy=WhenUncertain(row["when_uncertain"]),
        claimed_at=as_instant(row["claimed_at"]),
        addressees=tuple(
            Addressee(id=as_id(key), address=address, status=DeliveryStatus(status))
            for _, key, address, status in sorted(as_json(row["addressees"]))
        ),
    )


def _id(value: Any) -> UUID | None:
    return as_id(value) if value else None
