from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from letterhead.webhooks.rules import STEPS, next_attempt, signature, was_taken
from letterhead.webhooks.webhook import new_secret

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@given(body=st.binary(max_size=200))
def test_the_reference_signs_alike(body: bytes) -> None:
    secret = new_secret().reveal()
    text = body.hex()
    theirs = Webhook(secret).sign("evt_1", NOON, text)
    assert signature(secret, "evt_1", int(NOON.timestamp()), text.encode()) == theirs


@given(attempts=st.integers(1, 30), chance=st.floats(0, 1))
def test_it_is_tried_again_for_three_days_and_a_little(attempts: int, chance: float) -> None:
    again = next_attempt(attempts, at=NOON, chance=chance)
    assert (again is None) == (attempts > len(STEPS))
    assert again is None or timedelta(seconds=4) < again - NOON < timedelta(hours=27)


def test_ten_attempts_take_a_little_more_than_three_days() -> None:
    assert timedelta(days=3) < sum(STEPS, timedelta()) < timedelta(days=3, hours=6)


@given(status=st.integers(0, 999))
def test_only_a_yes_is_a_yes(status: int) -> None:
    assert was_taken(status) == (status // 100 == 2)
