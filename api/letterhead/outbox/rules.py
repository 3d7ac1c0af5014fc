"""What the state of a message is, given what became of its recipients."""

from collections.abc import Iterable
from enum import StrEnum

from letterhead_providers import Retry


class RecipientKind(StrEnum):
    TO = "TO"
    CC = "CC"
    BCC = "BCC"


class DeliveryStatus(StrEnum):
    """UNCERTAIN: the server may have taken the message; its answer was never read."""

    QUEUED = "QUEUED"
    ACCEPTED = "ACCEPTED"
    DEFERRED = "DEFERRED"
    REFUSED = "REFUSED"
    BOUNCED = "BOUNCED"
    UNCERTAIN = "UNCERTAIN"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class MessageStatus(StrEnum):
    """HELD: waits for a person."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    PARTLY_SENT = "PARTLY_SENT"
    DEFERRED = "DEFERRED"
    HELD = "HELD"
    UNCERTAIN = "UNCERTAIN"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class WhenUncertain(StrEnum):
    RETRY_ONCE = "RETRY_ONCE"
    HOLD = "HOLD"


OPEN = frozenset({DeliveryStatus.QUEUED, DeliveryStatus.DEFERRED})
"""Nothing final has happened to such a recipient, and nothing that may have been a delivery."""

CANCELLABLE = frozenset({MessageStatus.QUEUED, MessageStatus.DEFERRED, MessageStatus.HELD})
RETRYABLE = frozenset({MessageStatus.DEFERRED, MessageStatus.HELD, MessageStatus.UNCERTAIN})


IN_THIS_ORDER = (
    (DeliveryStatus.DEFERRED, MessageStatus.DEFERRED),
    (DeliveryStatus.QUEUED, MessageStatus.QUEUED),
    (DeliveryStatus.UNCERTAIN, MessageStatus.UNCERTAIN),
    (DeliveryStatus.ACCEPTED, MessageStatus.PARTLY_SENT),
    (DeliveryStatus.BOUNCED, MessageStatus.FAILED),
    (DeliveryStatus.CANCELLED, MessageStatus.CANCELLED),
    (DeliveryStatus.EXPIRED, MessageStatus.EXPIRED),
)
"""What is still to come is said first, then what a person should know."""


def status_of(recipients: Iterable[DeliveryStatus], *, held: bool = False) -> MessageStatus:
    """The message's state while nobody has it in hand. ``recipients`` is never empty."""
    seen = frozenset(recipients)
    if held and seen & OPEN:
        return MessageStatus.HELD
    if seen == {DeliveryStatus.ACCEPTED}:
        return MessageStatus.SENT
    return next((status for one, status in IN_THIS_ORDER if one in seen), MessageStatus.FAILED)


def may_repeat(policy: WhenUncertain, losses: int) -> bool:
    """Whether a message that was lost ``losses`` times after its final dot is sent once more."""
    return policy is WhenUncertain.RETRY_ONCE and losses == 1


def is_to_try(status: DeliveryStatus, *, repeat_uncertain: bool) -> bool:
    """Whether the next attempt is also for this recipient."""
    return status in OPEN or (repeat_uncertain and status is DeliveryStatus.UNCERTAIN)


def may_pass(advice: Retry, *, temporary: bool) -> bool:
    """Whether the same is worth another try.

    ``advice``: the diagnosis's, in which a service's plugin may know better than the server's code.
    ``temporary``: what the code and the words say. It counts where the advice is to change something, because
    a server may change too.
    """
    if advice is Retry.AFTER_CHANGE:
        return temporary
    return advice is not Retry.NEVER


def stricter(one: int | None, other: int | None) -> int | None:
    """Of two limits, of which None is none."""
    known = [limit for limit in (one, other) if limit is not None]
    return min(known, default=None)
