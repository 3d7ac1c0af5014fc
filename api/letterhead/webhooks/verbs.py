"""Making, showing and deleting webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.audit.log import Action, Subject, record
from letterhead.diagnosis.stored import diagnosis_from_json
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.store import models
from letterhead.store.database import now, transaction
from letterhead.store.pages import Page, PageRequest, instant, page, read_key
from letterhead.telling import WebhookEvent
from letterhead.vault.secret import Secret
from letterhead.webhooks.address import checked, host_of
from letterhead.webhooks.webhook import Webhook, new_secret, seal

MOST = 20
"""Of one company."""

KEY_LENGTH = 2


@dataclass(frozen=True, kw_only=True)
class Created:
    """``signing_secret``: shown this once."""

    webhook: Webhook
    signing_secret: Secret


async def create(house: House, url: str, events: Sequence[WebhookEvent], *, by: Actor) -> Created:
    """Raises Refused with every problem of the input."""
    _check_permission(by)
    if not events:
        message = "Say which events it is to be told of."
        raise Refused(Problem(ProblemCode.REQUIRED, message, ("events",)))
    url, secret, webhook_id = await checked(house, url), new_secret(), uuid7()
    async with transaction():
        await models.Company.select_for_update().get(id=by.company_id)
        if await models.Webhook.filter(company_id=by.company_id).count() >= MOST:
            message = f"A company has at most {MOST} webhooks; delete one that is not needed any more."
            raise Refused(Problem(ProblemCode.TOO_MANY, message))
        row = await models.Webhook.create(
            id=webhook_id,
            company_id=by.company_id,
            url=url,
            events=[event.value for event in dict.fromkeys(events)],
            secret_sealed=seal(house, secret, webhook_id=webhook_id, company_id=by.company_id, url=url),
            created_at=now(),
        )
        await _record(f"Made a webhook to {host_of(url)}", row.id, by=by)
    return Created(webhook=_shown(row), signing_secret=secret)


async def delete(webhook_id: UUID, *, by: Actor) -> None:
    """What it was still to be told of is forgotten. Raises Refused."""
    _check_permission(by)
    async with transaction():
        row = await models.Webhook.get_or_none(id=webhook_id, company_id=by.company_id)
        if row is None:
            message = "There is no such webhook."
            raise Refused(Problem(ProblemCode.NOT_FOUND, message, ("webhookId",)))
        await row.delete()
        await _record(f"Deleted the webhook to {host_of(row.url)}", webhook_id, by=by)


async def webhooks(request: PageRequest, *, by: Actor) -> Page[Webhook]:
    """The company's, the oldest first. Whoever may not manage them sees none."""
    if not by.may(Permission.MANAGE_WEBHOOKS):
        return Page()
    wanted = models.Webhook.filter(company_id=by.company_id)
    rows = [_shown(row) for row in await wanted.order_by("created_at", "id")]  # twenty at most
    if request.after:
        seen = read_key(request.after, instant, UUID)
        rows = [row for row in rows if _key(row) > seen]
    return page(rows[: request.first + 1], request, lambda row: (row.created_at.isoformat(), row.id))


async def by_ids(ids: Sequence[UUID], *, by: Actor) -> dict[UUID, Webhook]:
    if not by.may(Permission.MANAGE_WEBHOOKS):
        return {}
    rows = await models.Webhook.filter(company_id=by.company_id, id__in=list(ids))
    return {row.id: _shown(row) for row in rows}


def _check_permission(by: Actor) -> None:
    if not by.may(Permission.MANAGE_WEBHOOKS):
        message = f"This needs the permission {Permission.MANAGE_WEBHOOKS}."
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, message))


async def _record(summary: str, webhook_id: UUID, *, by: Actor) -> None:
    await record(Action.WEBHOOK_CHANGED, summary, by=by, subject=Subject("Webhook", webhook_id))


def _key(webhook: Webhook) -> tuple[Any, ...]:
    return (webhook.created_at, webhook.id)


def _shown(row: models.Webhook) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=tuple(WebhookEvent(name) for name in row.events if name in WebhookEvent.__members__),
        created_at=row.created_at,
        last_delivered_at=row.last_delivered_at,
        problem=diagnosis_from_json(row.problem) if row.problem else None,
    )
