from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.outbox.retry import STEPS, THEREAFTER, delay, next_attempt
from letterhead.outbox.rules import (
    OPEN,
    DeliveryStatus,
    MessageStatus,
    WhenUncertain,
    may_pass,
    may_repeat,
    status_of,
    stricter,
)
from letterhead_providers import Retry

one_or_more = st.lists(st.sampled_from(DeliveryStatus), min_size=1, max_size=8)
chances = st.floats(0, 1)
AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("recipients", "message"),
    [
        ("ACCEPTED ACCEPTED", "SENT"),
        ("ACCEPTED REFUSED", "PARTLY_SENT"),
        ("ACCEPTED EXPIRED", "PARTLY_SENT"),
        ("ACCEPTED BOUNCED", "PARTLY_SENT"),
        ("ACCEPTED DEFERRED", "DEFERRED"),
        ("ACCEPTED UNCERTAIN", "UNCERTAIN"),
        ("QUEUED QUEUED", "QUEUED"),
        ("REFUSED REFUSED", "FAILED"),
        ("REFUSED BOUNCED", "FAILED"),
        ("REFUSED EXPIRED", "EXPIRED"),
        ("REFUSED CANCELLED", "CANCELLED"),
    ],
)
def test_the_message_says_what_became_of_its_recipients(recipients: str, message: str) -> None:
    assert status_of(map(DeliveryStatus, recipients.split())) == message


@given(one_or_more)
def test_the_order_of_recipients_is_of_no_matter(recipients: list[DeliveryStatus]) -> None:
    assert status_of(recipients) == status_of(reversed(recipients)) == status_of(recipients * 2)


@given(one_or_more)
def test_sent_means_that_everybody_was_accepted(recipients: list[DeliveryStatus]) -> None:
    assert (status_of(recipients) is MessageStatus.SENT) == (set(recipients) == {DeliveryStatus.ACCEPTED})


@given(one_or_more)
def test_held_only_where_something_is_still_to_come(recipients: list[DeliveryStatus]) -> None:
    assert (status_of(recipients, held=True) is MessageStatus.HELD) == bool(OPEN & set(recipients))


@given(one_or_more)
def test_what_may_have_been_delivered_is_never_called_failed(recipients: list[DeliveryStatus]) -> None:
    after = status_of([*recipients, DeliveryStatus.UNCERTAIN])
    assert after in {MessageStatus.UNCERTAIN, MessageStatus.DEFERRED, MessageStatus.QUEUED}


def test_an_uncertain_message_is_repeated_once_and_only_by_that_policy() -> None:
    repeats = {
        (policy, losses): may_repeat(policy, losses) for policy in WhenUncertain for losses in range(4)
    }
    assert [key for key, repeat in repeats.items() if repeat] == [(WhenUncertain.RETRY_ONCE, 1)]


@given(st.integers(1, 1000), chances)
def test_the_delay_is_within_a_fifth_of_its_step(attempts: int, chance: float) -> None:
    step = [*STEPS, THEREAFTER][min(attempts, 7) - 1]
    assert step * 0.8 <= delay(attempts, chance) <= step * 1.2


@given(st.integers(1, 100), chances, st.timedeltas(timedelta(seconds=1), timedelta(days=5)))
def test_the_next_attempt_is_ahead_and_not_after_the_end(
    attempts: int, chance: float, left: timedelta
) -> None:
    assert AT < next_attempt(attempts, at=AT, expires_at=AT + left, chance=chance) <= AT + left


@pytest.mark.parametrize(
    ("advice", "temporary", "again"),
    [
        (Retry.NOW, False, True),
        (Retry.LATER, False, True),
        (Retry.AFTER_CHANGE, True, True),
        (Retry.AFTER_CHANGE, False, False),
        (Retry.NEVER, True, False),
    ],
)
def test_a_services_advice_counts_with_the_servers_code(advice: Retry, temporary: bool, again: bool) -> None:
    assert may_pass(advice, temporary=temporary) is again


@given(st.none() | st.integers(0), st.none() | st.integers(0))
def test_of_two_limits_the_stricter_one_counts(one: int | None, other: int | None) -> None:
    limits = [limit for limit in (one, other) if limit is not None]
    assert stricter(one, other) == (min(limits) if limits else None)
