"""When a message that could not be delivered is tried again."""

from datetime import datetime, timedelta

STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120))
THEREAFTER = timedelta(hours=4)
SPREAD = 0.2


def delay(attempts: int, chance: float) -> timedelta:
    """After the ``attempts``-th attempt (from 1). ``chance``, 0 to 1, spreads it by a fifth either way,
    so that messages deferred together do not come back together."""
    step = STEPS[attempts - 1] if attempts <= len(STEPS) else THEREAFTER
    return step * (1 + SPREAD * (2 * chance - 1))


def next_attempt(attempts: int, *, at: datetime, expires_at: datetime, chance: float) -> datetime:
    """Never after ``expires_at``: the message is looked at then, to be given up."""
    return min(at + delay(attempts, chance), expires_at)
