"""What a person can do with a message that is still on its way."""

from uuid import UUID

from letterhead import telling
from letterhead.audit.log import Action, Subject, record
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox.managing import managed
from letterhead.outbox.queue import TOPIC
from letterhead.outbox.rules import CANCELLABLE, OPEN, RETRYABLE, DeliveryStatus, MessageStatus, status_of
from letterhead.store import models
from letterhead.store.database import now, transaction

PATH = ("messageId",)


async def cancel(house: House, message_id: UUID, *, by: Actor) -> None:
    """For everybody to whom it has not gone out yet. Raises Refused (NOT_FOUND, NOT_POSSIBLE_NOW)."""
    message = await managed(message_id, *PATH, by=by)
    async with transaction():
        waiting = models.Message.filter(
            id=message.id, status__in=[status.value for status in CANCELLABLE], lease_token__isnull=True
        )
        if not await waiting.update(
            next_attempt_at=None, waiting_for=None, held_because=None, finished_at=now()
        ):
            raise Refused(_not_now("It is being sent just now, or is finished; it cannot be cancelled."))
        recipients = models.Recipient.filter(company_id=by.company_id, message_id=message.id)
        await recipients.filter(status__in=[status.value for status in OPEN]).update(
            status=DeliveryStatus.CANCELLED.value
        )
        await _refresh_status(message)
        await _record(Action.MESSAGE_CANCELLED, "Cancelled a message", message, by=by)
        await telling.messages_changed(message.company_id, [message.id])
    house.news.changed(message.id)


async def retry(house: House, message_id: UUID, *, by: Actor) -> None:
    """Try a deferred message at once, a held one from its own address, an uncertain one although it may have
    been delivered: only then to those who may have it. Raises Refused (NOT_FOUND, NOT_POSSIBLE_NOW)."""
    message = await managed(message_id, *PATH, by=by)
    at = now()
    async with transaction():
        resting = models.Message.filter(
            id=message.id,
            status__in=[status.value for status in RETRYABLE],
            lease_token__isnull=True,
            expires_at__gt=at,
            content_erased_at__isnull=True,
        )
        if not await resting.update(
            next_attempt_at=max(at, message.not_before or at),
            waiting_for=None,
            held_because=None,
            finished_at=None,
        ):
            raise Refused(_not_now("It is being sent just now, is finished, or its time is over."))
        if message.status == MessageStatus.UNCERTAIN.value:
            await models.Recipient.filter(
                company_id=by.company_id, message_id=message.id, status=DeliveryStatus.UNCERTAIN.value
            ).update(status=DeliveryStatus.QUEUED.value, diagnosis=None)
        await _refresh_status(message)
        await _record(Action.MESSAGE_RELEASED, "Tried a message again", message, by=by)
    house.news.changed(message.id)
    house.news.changed(TOPIC)


async def _refresh_status(message: models.Message) -> None:
    recipients = models.Recipient.filter(company_id=message.company_id, message_id=message.id)
    statuses = [DeliveryStatus(recipient.status) for recipient in await recipients.only("id", "status")]
    await models.Message.filter(id=message.id).update(status=status_of(statuses).value)


async def _record(action: Action, summary: str, before: models.Message, *, by: Actor) -> None:
    after = await models.Message.get(id=before.id).only("id", "status")
    await record(
        action,
        summary,
        by=by,
        subject=Subject("Message", before.id),
        changes={"status": (before.status, after.status)},
    )


def _not_now(message: str) -> Problem:
    return Problem(ProblemCode.NOT_POSSIBLE_NOW, message, PATH)
