"""What a flow fetched is kept with the rest of what it was told."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from letterhead.signin.replay import Journal, Outcome, journal_from_text, journal_to_text
from letterhead_providers import FetchOutcome

NOW = datetime(2026, 11, 24, tzinfo=UTC)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
fetched = st.builds(
    FetchOutcome,
    status=st.integers(0, 599),
    body=words,
    error=st.none() | words,
    at=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(fetched, st.none() | words)
def test_a_journal_is_read_as_it_was_written(sent: FetchOutcome, asked: str | None) -> None:
    outcome = Outcome(need="fetch POST https://acme.example/token", sent=sent, at=NOW)
    journal = Journal(began=NOW, state="s", nonce="n", verifier="v", outcomes=(outcome,), asked=asked)
    assert journal_from_text(journal_to_text(journal)) == journal
    assert journal.plus(outcome).asked is None
