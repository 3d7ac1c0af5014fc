"""What deliveries come to, in numbers."""

import time

from letterhead.metrics import Metrics, seconds_since_made
from letterhead.outbox.outcome import Settlement
from letterhead.outbox.queue import Claim
from letterhead.outbox.rules import MessageStatus

ARRIVED = frozenset({MessageStatus.SENT, MessageStatus.PARTLY_SENT})


def count(metrics: Metrics, claim: Claim, settlement: Settlement) -> None:
    """Once what became of it is written down."""
    metrics.messages.labels(settlement.status.value).inc()
    if settlement.attempt:
        metrics.attempts.observe(settlement.attempt.took_ms / 1000)
    if settlement.finished_at and settlement.status in ARRIVED:
        metrics.latency.observe(_seconds_since_due(claim))


def _seconds_since_due(claim: Claim) -> float:
    """For the first time; how long a message waited before that was its author's wish."""
    at = time.time()
    if claim.attempt_count:
        return seconds_since_made(claim.id, at=at)
    return max(0.0, at - claim.due_at.timestamp())
