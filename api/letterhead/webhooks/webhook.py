"""A place that wants to be told of events."""

import os
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from letterhead.house import House
from letterhead.telling import WebhookEvent
from letterhead.vault.secret import Secret
from letterhead.webhooks.rules import PREFIX
from letterhead_providers import Diagnosis

KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """``problem``: why the last event did not arrive; one that is not tried again has switched it off."""

    id: UUID
    url: str
    events: tuple[WebhookEvent, ...]
    created_at: datetime
    last_delivered_at: datetime | None
    problem: Diagnosis | None


def new_secret() -> Secret:
    return Secret(PREFIX + b64encode(os.urandom(KEY_BYTES)).decode())


def seal(house: House, secret: Secret, *, webhook_id: UUID, company_id: UUID, url: str) -> str:
    return house.vault.seal(secret.reveal(), context=webhook_purpose(webhook_id, company_id, url))


def unseal(house: House, sealed: str, *, webhook_id: UUID, company_id: UUID, url: str) -> Secret:
    """Raises CannotOpen."""
    return Secret(house.vault.open(sealed, context=webhook_purpose(webhook_id, company_id, url)))


def webhook_purpose(webhook_id: UUID, company_id: UUID, url: str) -> tuple[str, ...]:
    """Row, field, company and where it is used: a row that was moved or redirected does not open."""
    return ("webhook", str(webhook_id), "secret", str(company_id), url)
