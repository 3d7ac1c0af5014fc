"""Of the service's limits and an account's own the stricter counts."""

from hypothesis import given
from hypothesis import strategies as st

from letterhead.accounts.rules import narrowed, why_not_limit
from letterhead_providers import Limits

some = st.none() | st.integers(1, 1_000)


@given(some, some, some, some)
def test_the_stricter_limit_counts(minute: int | None, day: int | None, own: int | None, daily: int | None):
    limits = narrowed(Limits(messages_per_minute=minute, messages_per_day=day, note="note"), own, daily)
    assert limits is not None
    assert limits.note == "note"
    for found, service, wanted in (
        (limits.messages_per_minute, minute, own),
        (limits.messages_per_day, day, daily),
    ):
        assert found in (service, wanted)
        assert all(found is not None and found <= one for one in (service, wanted) if one is not None)
    assert (why_not_limit(own, minute) is None) == (own is None or limits.messages_per_minute == own)
