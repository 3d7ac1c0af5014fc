"""Signed events for tools."""

from datetime import datetime

import strawberry

from letterhead.errors import Refused
from letterhead.schema import enums as _enums  # noqa: F401 - registers the enumerations
from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Diagnosis, show_diagnosis
from letterhead.schema.ids import encode, given_id
from letterhead.schema.node import Node
from letterhead.schema.problems import SettingsError, shown_problems
from letterhead.schema.scalars import Url
from letterhead.telling import WebhookEvent
from letterhead.webhooks import verbs
from letterhead.webhooks.webhook import Webhook as DomainWebhook


@strawberry.type(description="Where events are sent, signed as Standard Webhooks says.")
class Webhook(Node):
    url: Url = strawberry.field(description="Where to.")
    events: list[WebhookEvent] = strawberry.field(description="What about.")
    created_at: datetime = strawberry.field(description="When it was made.")
    last_delivered_at: datetime | None = strawberry.field(description="When an event last arrived.")
    problem: Diagnosis | None = strawberry.field(
        description="Why the last event did not arrive. With retry LATER it is tried again by itself;"
        " otherwise the webhook is switched off: delete it, and make it again."
    )


@strawberry.input(description="A webhook to make.")
class CreateWebhookInput:
    url: str = strawberry.field(description="Where to send events: https.")
    events: list[WebhookEvent] = strawberry.field(description="What about.")


@strawberry.type(description="The webhook, or why it was not made.")
class CreateWebhookPayload:
    webhook: Webhook | None = strawberry.field(description="The webhook.")
    signing_secret: str | None = strawberry.field(
        description="What its events are signed with: whsec_…, shown this once."
    )
    errors: list[SettingsError] = strawberry.field(description="What to put right; then nothing was made.")


@strawberry.input(description="A webhook to delete.")
class DeleteWebhookInput:
    webhook_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.type(description="That it is gone, or why it is not.")
class DeleteWebhookPayload:
    deleted_id: strawberry.ID | None = strawberry.field(description="The id it had.")
    errors: list[SettingsError] = strawberry.field(description="What to put right; then nothing was done.")


async def create_webhook(info: Info, input: CreateWebhookInput) -> CreateWebhookPayload:  # noqa: A002
    try:
        created = await verbs.create(info.context.house, input.url, input.events, by=info.context.by)
    except Refused as refused:
        problems = shown_problems(refused, SettingsError)
        return CreateWebhookPayload(webhook=None, signing_secret=None, errors=problems)
    return CreateWebhookPayload(
        webhook=show_webhook(created.webhook), signing_secret=created.signing_secret.reveal(), errors=[]
    )


async def delete_webhook(info: Info, input: DeleteWebhookInput) -> DeleteWebhookPayload:  # noqa: A002
    try:
        await verbs.delete(given_id(input.webhook_id, "Webhook", "webhookId"), by=info.context.by)
    except Refused as refused:
        return DeleteWebhookPayload(deleted_id=None, errors=shown_problems(refused, SettingsError))
    return DeleteWebhookPayload(deleted_id=input.webhook_id, errors=[])


def show_webhook(webhook: DomainWebhook) -> Webhook:
    return Webhook(
        id=encode("Webhook", webhook.id),
        url=Url(webhook.url),
        events=list(webhook.events),
        created_at=webhook.created_at,
        last_delivered_at=webhook.last_delivered_at,
        problem=show_diagnosis(webhook.problem),
    )
