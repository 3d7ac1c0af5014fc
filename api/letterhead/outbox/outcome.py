"""What becomes of a message after it was in hand: pure, so that every mixture of answers can be tested."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from letterhead.outbox import retry
from letterhead.outbox.rules import (
    OPEN,
    DeliveryStatus,
    MessageStatus,
    WhenUncertain,
    is_to_try,
    may_repeat,
    status_of,
)
from letterhead_providers import Diagnosis, ServerReply

NO_MORE_REPETITION = 2
"""As many losses after which what is uncertain stays so (see ``may_repeat``)."""


@dataclass(frozen=True, kw_only=True)
class Addressee:
    id: UUID
    address: str
    status: DeliveryStatus


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one recipient, and why if it was not accepted."""

    status: DeliveryStatus
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    at: datetime
    took_ms: int
    reply: ServerReply | None = None
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """``attempts``: how many there were, this one included. ``losses``: how often the server's verdict was
    lost before. ``chance``: 0 to 1, to spread the retries."""

    at: datetime
    expires_at: datetime
    attempts: int
    losses: int
    policy: WhenUncertain
    chance: float


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What is written when a message leaves the worker's hand. ``verdicts``: by the recipient's id.

    ``begun``: its content was, which was written down before.
    """

    status: MessageStatus
    losses: int
    verdicts: Mapping[UUID, Verdict] = field(default_factory=dict)
    next_attempt_at: datetime | None = None
    finished_at: datetime | None = None
    held_because: Diagnosis | None = None
    waiting_for: Diagnosis | None = None
    attempt: Attempt | None = None
    begun: bool = False


def to_try(addressees: Iterable[Addressee], facts: Facts) -> tuple[Addressee, ...]:
    """Whom this attempt is for."""
    repeat = may_repeat(facts.policy, facts.losses)
    return tuple(one for one in addressees if is_to_try(one.status, repeat_uncertain=repeat))


def refused(addressee: Addressee, diagnosis: Diagnosis, *, temporary: bool) -> Verdict:
    """The verdict on a recipient that was not accepted this time.

    One that may have the message already stays UNCERTAIN whatever is said to the repetition.
    """
    if addressee.status is DeliveryStatus.UNCERTAIN:
        return Verdict(status=DeliveryStatus.UNCERTAIN, diagnosis=diagnosis)
    status = DeliveryStatus.DEFERRED if temporary else DeliveryStatus.REFUSED
    return Verdict(status=status, diagnosis=diagnosis)


def lost(tried: Iterable[Addressee], diagnosis: Diagnosis) -> dict[UUID, Verdict]:
    return {one.id: Verdict(status=DeliveryStatus.UNCERTAIN, diagnosis=diagnosis) for one in tried}


def settle(
    addressees: Sequence[Addressee],
    verdicts: Mapping[UUID, Verdict],
    facts: Facts,
    *,
    attempt: Attempt | None = None,
    losses: int | None = None,
) -> Settlement:
    """After an attempt, or its recovery. ``losses``: where this changed them."""
    losses = facts.losses if losses is None else losses
    after = _after(addressees, verdicts)
    repeat = may_repeat(facts.policy, losses)
    again = any(is_to_try(status, repeat_uncertain=repeat) for status in after)
    return Settlement(
        status=status_of(after),
        losses=losses,
        verdicts=verdicts,
        attempt=attempt,
        next_attempt_at=_next(facts) if again else None,
        finished_at=None if again else facts.at,
    )


def give_up(
    addressees: Sequence[Addressee], facts: Facts, status: DeliveryStatus, diagnosis: Diagnosis
) -> Settlement:
    """Ends it for everybody with whom nothing final has happened."""
    verdicts = {
        one.id: Verdict(status=status, diagnosis=diagnosis) for one in addressees if one.status in OPEN
    }
    return Settlement(
        status=status_of(_after(addressees, verdicts)),
        losses=facts.losses,
        verdicts=verdicts,
        finished_at=facts.at,
    )


def hold(addressees: Sequence[Addressee], facts: Facts, because: Diagnosis) -> Settlement:
    """Until a person decides. What may have been delivered already is not held but UNCERTAIN."""
    return Settlement(
        status=status_of(_after(addressees, {}), held=True), losses=facts.losses, held_because=because
    )


def wait(
    addressees: Sequence[Addressee], facts: Facts, waiting_for: Diagnosis, *, attempt: Attempt | None = None
) -> Settlement:
    """Until its account is ready; looked at again by itself only when it expires."""
    return Settlement(
        status=status_of(_after(addressees, {})),
        losses=facts.losses,
        waiting_for=waiting_for,
        next_attempt_at=facts.expires_at,
        attempt=attempt,
    )


def again_at_once(
    addressees: Sequence[Addressee], facts: Facts, *, attempt: Attempt | None = None
) -> Settlement:
    """Something changed meanwhile that this attempt did not know of."""
    return Settlement(
        status=status_of(_after(addressees, {})),
        losses=facts.losses,
        next_attempt_at=facts.at,
        attempt=attempt,
    )


def _after(addressees: Sequence[Addressee], verdicts: Mapping[UUID, Verdict]) -> list[DeliveryStatus]:
    return [verdicts[one.id].status if one.id in verdicts else one.status for one in addressees]


def _next(facts: Facts) -> datetime:
    return retry.next_attempt(facts.attempts, at=facts.at, expires_at=facts.expires_at, chance=facts.chance)
