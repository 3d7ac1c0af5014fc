"""What is written down about messages in hand, for several at once: every write must still hold its lease."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from letterhead import telling
from letterhead.audit.log import Action, Deed, Subject, record_each
from letterhead.diagnosis.stored import diagnosis_to_json, reply_to_json
from letterhead.identity.actor import Actor
from letterhead.outbox.outcome import Settlement, Verdict
from letterhead.outbox.queue import Claim, LeaseLost
from letterhead.outbox.rules import MessageStatus
from letterhead.store.database import as_id, clock, execute_many, select
from letterhead.store.listed import among_pairs, pairs
from letterhead_providers import Diagnosis, ServerReply


@dataclass(frozen=True, kw_only=True)
class Begun:
    """From here on a loss means that the message may have been delivered. ``dated_at``: its Date."""

    claim: Claim
    dated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What became of it; with that it is let go."""

    claim: Claim
    settlement: Settlement


Entry = Begun | Settled


def itself(company_id: UUID) -> Actor:
    """Who acts in the audit log when nobody asked for it."""
    return Actor(company_id=company_id, key="system:outbox", name="Outbox", permissions=frozenset())


async def write(entries: Sequence[Entry]) -> frozenset[UUID]:
    """In the caller's transaction. The answer: whose lease was lost, about which nothing was written."""
    begun = [one for one in entries if isinstance(one, Begun)]
    settled = [one for one in entries if isinstance(one, Settled)]
    written = await _begin(begun) | await _settle(settled)
    if kept := [one for one in settled if one.claim.fence in written]:
        await _write_verdicts(kept)
        await _write_attempts(kept)
        await _record_holds(kept)
        await _tell(kept)
    return frozenset(one.claim.id for one in entries if one.claim.fence not in written)


async def settle(claim: Claim, settlement: Settlement) -> None:
    """The same for one. Raises LeaseLost."""
    if await write([Settled(claim=claim, settlement=settlement)]):
        raise LeaseLost("the lease on a message was lost")


async def _begin(entries: Iterable[Begun]) -> set[tuple[UUID, UUID]]:
    alike: defaultdict[datetime, list[Claim]] = defaultdict(list)
    for one in entries:
        alike[one.dated_at].append(one.claim)
    written: set[tuple[UUID, UUID]] = set()
    for dated_at, claims in alike.items():
        written |= await _update(
            "transmitting = TRUE, dated_at = $3", claims, dated_at, also=f"AND lease_until > {clock()}"
        )
    return written


async def _settle(entries: Iterable[Settled]) -> set[tuple[UUID, UUID]]:
    alike: defaultdict[tuple[Any, ...], list[Settled]] = defaultdict(list)
    for one in entries:
        alike[_columns(one.settlement)].append(one)
    written: set[tuple[UUID, UUID]] = set()
    for columns, some in alike.items():
        finished = [one.settlement.finished_at for one in some if one.settlement.finished_at]
        written |= await _update(
            """status = $3, next_attempt_at = $4, held_because = $5, waiting_for = $6, uncertain_count = $7,
               attempt_count = attempt_count + $8, finished_at = $9, fault_count = 0, transmitting = FALSE,
               lease_owner = NULL, lease_token = NULL, lease_until = NULL""",
            [one.claim for one in some],
            *columns[:-1],
            max(finished, default=None),
        )
    return written


def _columns(settlement: Settlement) -> tuple[Any, ...]:
    """Those of its message, by which it is told what can be written with one statement."""
    return (
        settlement.status.value,
        settlement.next_attempt_at,
        as_text(settlement.held_because),
        as_text(settlement.waiting_for),
        settlement.losses,
        int(settlement.attempt is not None),
        settlement.finished_at is not None,
    )


async def _update(
    assignments: str, claims: Sequence[Claim], *values: Any, also: str = ""
) -> set[tuple[UUID, UUID]]:
    fences = {one.id: one.fence for one in claims}
    rows = await select(
        f"""UPDATE message SET {assignments} WHERE (id, lease_token) IN {among_pairs("$1", "$2")} {also}
            RETURNING id""",
        *pairs(list(fences.values())),
        *values,
    )
    return {fences[as_id(row["id"])] for row in rows}


async def _write_verdicts(entries: Iterable[Settled]) -> None:
    alike: defaultdict[tuple[str, str | None], list[tuple[UUID, UUID]]] = defaultdict(list)
    known: dict[Verdict, tuple[str, str | None]] = {}
    for one in entries:
        for recipient_id, verdict in one.settlement.verdicts.items():
            columns = known.get(verdict) or (verdict.status.value, as_text(verdict.diagnosis))
            known[verdict] = columns
            alike[columns].append((one.claim.company_id, recipient_id))
    for columns, recipients in alike.items():
        await select(
            f"""UPDATE recipient SET status = $3, diagnosis = $4
                WHERE (company_id, id) IN {among_pairs("$1", "$2")} RETURNING id""",
            *pairs(recipients),
            *columns,
        )


async def _write_attempts(entries: Iterable[Settled]) -> None:
    rows = [
        (
            uuid7(),
            one.claim.company_id,
            one.claim.id,
            attempt.at,
            attempt.took_ms,
            reply_as_text(attempt.reply),
            as_text(attempt.diagnosis),
        )
        for one in entries
        if (attempt := one.settlement.attempt)
    ]
    if rows:
        await execute_many(
            """INSERT INTO delivery_attempt (id, company_id, message_id, at, took_ms, reply, diagnosis)
               VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            rows,
        )


async def _record_holds(entries: Iterable[Settled]) -> None:
    held: defaultdict[UUID, list[Deed]] = defaultdict(list)
    for one in entries:
        because = one.settlement.held_because
        if one.settlement.status is MessageStatus.HELD and because:
            summary = f"Held a message: {because.title}"
            held[one.claim.company_id].append(Deed(subject=Subject("Message", one.claim.id), summary=summary))
    for company_id, deeds in held.items():
        await record_each(Action.MESSAGE_HELD, deeds, by=itself(company_id))


async def _tell(entries: Iterable[Settled]) -> None:
    """Webhooks, of what has come to something; what merely waits is not told."""
    told: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for one in entries:
        settlement = one.settlement
        if settlement.verdicts or settlement.held_because or settlement.finished_at:
            told[one.claim.company_id].append(one.claim.id)
    for company_id, message_ids in told.items():
        await telling.messages_changed(company_id, message_ids)


def as_text(diagnosis: Diagnosis | None) -> str | None:
    return _dumped(diagnosis_to_json(diagnosis)) if diagnosis else None


def reply_as_text(reply: ServerReply | None) -> str | None:
    return _dumped(reply_to_json(reply)) if reply else None


def _dumped(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value).decode()
