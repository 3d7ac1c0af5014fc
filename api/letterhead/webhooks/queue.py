"""Events on their way, by leases as in the outbox: a process that dies leaves its events due again."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.errors import LetterheadError
from letterhead.store import models
from letterhead.store.database import (
    Row,
    as_id,
    as_instant,
    as_json,
    clock,
    is_postgres,
    now,
    select,
    transaction,
)
from letterhead.store.where import Where, escape_like
from letterhead.telling import OFF
from letterhead_providers import Diagnosis

LEASE_SECONDS = 60
KEPT_FOR = timedelta(days=7)


class LeaseLost(LetterheadError):
    """Another process may have the event in hand by now, or its webhook was deleted; nothing was written."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A webhook that something is to be told."""

    id: UUID
    url: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """An event in hand. ``faults``: how often it was taken without an orderly end, this time included."""

    id: UUID
    token: UUID
    company_id: UUID
    webhook_id: UUID
    url: str
    secret_sealed: str = field(repr=False)
    payload: dict[str, Any]
    created_at: datetime
    attempts: int
    faults: int


async def due(most: int, *, besides: Collection[UUID], hosts: Collection[str]) -> list[Due]:
    """The longest waiting first. ``besides``: not these; ``hosts``: none at these hosts."""
    where = _due()
    if besides:
        where.add(f"w.id NOT IN ({', '.join(['{}'] * len(besides))})", *besides)
    for host in hosts:
        name = escape_like(f"[{host}]" if ":" in host else host)
        for ending in ("/%", ":%"):
            where.add("w.url NOT LIKE {} ESCAPE '!'", f"http%://{name}{ending}")
    rows = await select(
        f"""
        SELECT w.id, w.url FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id WHERE {where}
        GROUP BY w.id, w.url ORDER BY MIN(d.next_attempt_at) LIMIT {most}
        """,
        *where.values,
    )
    return [Due(id=as_id(row["id"]), url=row["url"]) for row in rows]


async def claim(webhook_id: UUID) -> Claim | None:
    """The webhook's event that is due the longest, now in this process's hand."""
    token = uuid4()
    rows = await select(
        f"""
        UPDATE webhook_delivery SET lease_token = $2, lease_until = {clock(LEASE_SECONDS)},
               fault_count = fault_count + 1
        WHERE id = (SELECT d.id FROM webhook_delivery d WHERE d.webhook_id = $1 AND {_due()}
                    ORDER BY d.next_attempt_at, d.id LIMIT 1
                    {"FOR UPDATE SKIP LOCKED" if is_postgres() else ""})
        RETURNING id, company_id, webhook_id, payload, created_at, attempt_count, fault_count
        """,
        webhook_id,
        token,
    )
    webhook = await models.Webhook.get_or_none(id=webhook_id) if rows else None
    return _claim(rows[0], token, webhook) if webhook else None


async def delivered(claim: Claim) -> None:
    """Raises LeaseLost."""
    at = now()
    async with transaction():
        webhook = await _locked(claim)
        columns: dict[str, Any] = {"last_delivered_at": at}
        await _write_webhook(webhook, **columns if _is_off(webhook) else columns | {"problem": None})
        await _write(claim, finished_at=at, delivered=True, next_attempt_at=None)


async def put_off(claim: Claim, until: datetime, problem: Diagnosis) -> None:
    """Raises LeaseLost."""
    async with transaction():
        webhook = await _locked(claim)
        if not _is_off(webhook):
            await _write_webhook(webhook, problem=diagnosis_to_json(problem))
        await _write(claim, next_attempt_at=until)


async def give_up(claim: Claim, problem: Diagnosis, *, switch_off: bool) -> None:
    """``switch_off``: the webhook is told of nothing any more, unless something arrived since this event.

    Raises LeaseLost.
    """
    at = now()
    async with transaction():
        webhook = await _locked(claim)
        await _write(claim, finished_at=at, next_attempt_at=None)
        if switch_off:
            await _write_webhook(webhook, problem=diagnosis_to_json(problem))
            waiting = models.WebhookDelivery.filter(webhook_id=webhook.id, finished_at__isnull=True)
            await waiting.update(finished_at=at, next_attempt_at=None, lease_token=None, lease_until=None)


async def forget_finished(webhook_id: UUID) -> None:
    finished = models.WebhookDelivery.filter(webhook_id=webhook_id, finished_at__isnull=False)
    await finished.filter(created_at__lt=now() - KEPT_FOR).delete()


async def last_delivered_at(webhook_id: UUID) -> datetime | None:
    webhook = await models.Webhook.get_or_none(id=webhook_id)
    return webhook.last_delivered_at if webhook else None


async def _locked(claim: Claim) -> models.Webhook:
    """Webhooks before their events, so that whoever deletes one at the same time waits."""
    webhook = await models.Webhook.select_for_update(no_key=True).get_or_none(id=claim.webhook_id)
    if webhook is None:
        raise LeaseLost("the webhook was deleted")
    return webhook


def _is_off(webhook: models.Webhook) -> bool:
    return bool(webhook.problem) and webhook.problem.get("retry") in OFF


async def _write_webhook(webhook: models.Webhook, **columns: Any) -> None:
    await models.Webhook.filter(id=webhook.id).update(**columns)


async def _write(claim: Claim, **columns: Any) -> None:
    columns |= {
        "attempt_count": claim.attempts + 1,
        "fault_count": 0,
        "lease_token": None,
        "lease_until": None,
    }
    if not await models.WebhookDelivery.filter(id=claim.id, lease_token=claim.token).update(**columns):
        raise LeaseLost("the lease on an event was lost")


def _due() -> Where:
    where = Where()
    where.add(f"d.next_attempt_at <= {clock()}")
    where.add(f"d.lease_until IS NULL OR d.lease_until <= {clock()}")
    return where


def _claim(row: Row, token: UUID, webhook: models.Webhook) -> Claim:
    return Claim(
        id=as_id(row["id"]),
        token=token,
        company_id=as_id(row["company_id"]),
        webhook_id=webhook.id,
        url=webhook.url,
        secret_sealed=webhook.secret_sealed,
        payload=as_json(row["payload"]),
        created_at=as_instant(row["created_at"]),
        attempts=row["attempt_count"],
        faults=row["fault_count"],
    )
