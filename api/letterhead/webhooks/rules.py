"""How an event is signed, and when it is told again."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

STEPS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""Between the attempts, as Standard Webhooks advises: ten in a little more than three days."""

SPREAD = 0.1
PREFIX = "whsec_"
GONE = 410


def signature(secret: str, delivery_id: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` of Standard Webhooks, version 1: HMAC-SHA256. ``secret``: ``whsec_…``."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def next_attempt(attempts: int, *, at: datetime, chance: float) -> datetime | None:
    """After the ``attempts``-th attempt (from 1); None: that was the last. ``chance``, 0 to 1, spreads it."""
    if attempts > len(STEPS):
        return None
    return at + STEPS[attempts - 1] * (1 + SPREAD * (2 * chance - 1))


def was_taken(status: int) -> bool:
    """By the HTTP status of the answer: only 2xx is a yes, and redirects are not followed."""
    return 200 <= status <= 299
