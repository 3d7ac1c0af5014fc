"""Inside a worker's process: the waiting is shorter, and at a chosen point it is killed or stopped."""

import os
import signal
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

from letterhead.outbox import deliver, holding, pacing, queue, retry, turn, waking, writing
from letterhead.outbox.ledger import Ledger
from letterhead.store import database, sqlite
from letterhead.wire import smtp_line

Verb = Callable[..., Awaitable[Any]]

POINTS: dict[str, tuple[Any, str, bool]] = {
    "before claim": (queue, "claim", False),
    "after claim": (queue, "claim", True),
    "before transmitting": (Ledger, "begin", False),
    "after transmitting": (Ledger, "begin", True),
    "before outcome": (Ledger, "settle", False),
    "inside outcome": (writing, "_record_holds", True),
    "after outcome": (Ledger, "settle", True),
}
"""A function, and whether it is before or after its work: of the first time that it has any."""


def prepare(
    *,
    lease: float = 6.0,
    silence: float = 60.0,
    at: str | None = None,
    signal_name: str = "SIGKILL",
    clock: str | None = None,
) -> None:
    """``lease``, ``silence``: seconds a lease lasts, and a server may say nothing after the dot. ``clock``: a
    file that says by how many seconds this machine's clock is wrong."""
    queue.LEASE_SECONDS = lease  # type: ignore[assignment]
    holding.BEAT_SECONDS = lease / 3
    holding.HOLD_SECONDS = lease * 5 / 6
    smtp_line._PATIENCE_AFTER_THE_DOT = silence
    retry.STEPS, retry.THEREAFTER = (), timedelta(seconds=0.3)
    turn.REST_SECONDS, turn.FIRST_PAUSE_SECONDS = 0.3, 1
    turn.ELSEWHERE_SECONDS = 0.2
    waking.FOLLOWING_SECONDS = 1
    pacing.LONGEST_REST = 0.5
    _impatient_with_locks()
    if clock:
        _wrong_clock(Path(clock))
    if at == "inside recovery":
        deliver.recovered = _dying(deliver.recovered, signal_name)  # type: ignore[assignment]
    elif at:
        place, name, after = POINTS[at]
        setattr(place, name, _at(getattr(place, name), after, signal_name))


def _at(verb: Verb, after: bool, signal_name: str) -> Verb:
    left = [signal_name]

    @wraps(verb)
    async def instead(*args: Any, **named: Any) -> Any:
        if left and not after:
            os.kill(os.getpid(), signal.Signals[left.pop()])
        result = await verb(*args, **named)
        if left and after and result != []:
            os.kill(os.getpid(), signal.Signals[left.pop()])
        return result

    return instead


def _dying(rule: Callable[..., Any], signal_name: str) -> Callable[..., Any]:
    @wraps(rule)
    def instead(*args: Any) -> Any:
        os.kill(os.getpid(), signal.Signals[signal_name])
        return rule(*args)

    return instead


def _impatient_with_locks() -> None:
    connect = sqlite.ImmediateClient.create_connection

    async def create_connection(self: Any, with_db: bool) -> None:
        await connect(self, with_db)
        await self._connection.execute("PRAGMA busy_timeout = 300")

    sqlite.ImmediateClient.create_connection = create_connection  # type: ignore[method-assign]


def _wrong_clock(by: Path) -> None:
    """The outbox's, and on SQLite the database's."""
    right, right_clock = database.now, sqlite._clock

    def now() -> datetime:
        return right() + timedelta(seconds=float(by.read_text()))

    def clock(ahead: float) -> str:
        return right_clock(ahead + float(by.read_text()))

    for module in (database, waking):
        module.now = now  # type: ignore[attr-defined]
    sqlite._clock = clock
