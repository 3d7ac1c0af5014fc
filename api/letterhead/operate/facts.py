"""What the database knows about the queue and the accounts, as numbers."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from letterhead.accounts.account import Status
from letterhead.outbox.rules import MessageStatus
from letterhead.store.database import as_instant, clock, now, select

REMEMBERED_SECONDS = 15.0
OPEN = (
    MessageStatus.QUEUED,
    MessageStatus.SENDING,
    MessageStatus.DEFERRED,
    MessageStatus.HELD,
    MessageStatus.UNCERTAIN,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Facts:
    """``oldest_due``: seconds for which the message that is due the longest has waited; 0: none is due."""

    messages: Mapping[str, int] = field(default_factory=dict)
    accounts: Mapping[str, int] = field(default_factory=dict)
    events: int = 0
    oldest_due: float = 0.0

    def collect(self) -> Iterator[Metric]:
        yield _family(
            "letterhead_messages", "Messages by status, but for those that are done.", self.messages
        )
        yield _family("letterhead_accounts", "Accounts by status.", self.accounts)
        yield GaugeMetricFamily(
            "letterhead_message_oldest_due_seconds",
            "For how long the message that is due the longest has waited.",
            value=self.oldest_due,
        )
        yield GaugeMetricFamily(
            "letterhead_webhook_events_waiting", "Events that are still to be told.", value=self.events
        )


class FactsAtHand:
    """Asked for anew at most each quarter of a minute, so that whoever scrapes cannot load the database."""

    def __init__(self) -> None:
        self._asking = asyncio.Lock()
        self._facts = Facts()
        self._good_until = 0.0

    async def read(self) -> Facts:
        """Raises what the database's driver raises."""
        async with self._asking:
            if time.monotonic() >= self._good_until:
                self._facts = await _read()
                self._good_until = time.monotonic() + REMEMBERED_SECONDS
            return self._facts


async def _read() -> Facts:
    statuses = ", ".join(f"'{status}'" for status in OPEN)
    messages = await select(
        f"SELECT status, COUNT(*) AS several FROM message WHERE status IN ({statuses}) GROUP BY status"
    )
    accounts = await select("SELECT status, COUNT(*) AS several FROM email_account GROUP BY status")
    [due] = await select(
        f"SELECT MIN(next_attempt_at) AS since FROM message WHERE next_attempt_at <= {clock()}"
    )
    [events] = await select(
        "SELECT COUNT(*) AS several FROM webhook_delivery WHERE next_attempt_at IS NOT NULL"
    )
    waited = (now() - as_instant(due["since"])).total_seconds() if due["since"] else 0.0
    return Facts(
        messages=dict.fromkeys(OPEN, 0) | {row["status"]: row["several"] for row in messages},
        accounts=dict.fromkeys(Status, 0) | {row["status"]: row["several"] for row in accounts},
        events=events["several"],
        oldest_due=max(0.0, waited),
    )


def _family(name: str, meaning: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=["status"])
    for status, several in values.items():
        family.add_metric([str(status)], several)
    return family
