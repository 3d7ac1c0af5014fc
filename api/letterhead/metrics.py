"""What is counted and measured, for Prometheus. No label has more values than can be listed here."""

from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
LONG = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400)


class Metrics:
    """Of one process; those of ``letterhead serve --workers`` keep them together."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "letterhead_messages_settled",
            "Messages that left a worker's hand, by the status they left it with.",
            ["status"],
            registry=self.registry,
        )
        self.latency = self._histogram(
            "letterhead_delivery_latency_seconds", "From being due for the first time to being sent.", LONG
        )
        self.attempts = self._histogram(
            "letterhead_delivery_attempt_seconds", "One attempt at a mail server.", SECONDS
        )
        self.tests = Counter(
            "letterhead_account_tests",
            "Account tests that have ended, by how.",
            ["status"],
            registry=self.registry,
        )
        self.operations = self._histogram(
            "letterhead_graphql_operation_seconds",
            "GraphQL operations; for subscriptions, how long they were watched.",
            SECONDS,
            ("type", "outcome"),
        )
        self.webhooks = self._histogram(
            "letterhead_webhook_attempt_seconds", "One attempt at telling an event.", SECONDS, ("outcome",)
        )
        self.bounces = Counter("letterhead_bounces", "Messages that came back.", registry=self.registry)

        self.operation = lru_cache(maxsize=20)(self.operations.labels)
        """By type and outcome: labels look for theirs anew each time."""

    def _histogram(
        self, name: str, meaning: str, buckets: tuple[float, ...], labels: tuple[str, ...] = ()
    ) -> Histogram:
        return Histogram(name, meaning, labels, buckets=buckets, registry=self.registry)


def seconds_since_made(key: UUID, *, at: float) -> float:
    """By the time in a UUIDv7 (RFC 9562 section 5.7). ``at``: seconds since 1970."""
    return max(0.0, at - (key.int >> 80) / 1000)


def multiprocess_folder(environment: Mapping[str, str]) -> str | None:
    """Where the processes of one server keep their numbers together."""
    return environment.get("PROMETHEUS_MULTIPROC_DIR")
