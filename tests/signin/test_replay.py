import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letterhead.signin.replay import (
    Diverged,
    Journal,
    Outcome,
    Sent,
    journal_from_text,
    journal_to_text,
    mark,
    replay,
)
from letterhead_providers import Ask, Done, Lookup, LookupOutcome, SignInStart
from letterhead_providers.catalogue import Catalogue
from letterhead_providers.switchboard import Ended, Stepped
from providers.made import PASSWORD, SMTP, a_provider
from signin.tried import ASK, WAIT, a_catalogue, many_steps, that

NOW = datetime(2026, 11, 24, tzinfo=UTC)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
records = st.builds(LookupOutcome, records=st.lists(words).map(tuple), error=st.none() | words)


def begun(state: str = "state") -> Journal:
    return Journal(began=NOW, state=state, nonce="nonce", verifier="verifier")


@dataclass
class Process:
    """One process: its own catalogue, and a flow that knows nothing yet."""

    catalogue: Catalogue
    journal: Journal

    async def stands_at(self) -> Stepped | Diverged:
        flow = await self.catalogue.sign_in(
            SignInStart(
                provider=a_provider(),
                method=PASSWORD,
                address="ann@acme.example",
                smtp=SMTP,
                incoming=None,
                now=self.journal.began,
                state=self.journal.state,
                nonce=self.journal.nonce,
                verifier=self.journal.verifier,
            )
        )
        assert flow is not None
        try:
            return await replay(partial(self.catalogue.step, "acme", flow), self.journal)
        finally:
            await self.catalogue.close(flow)


def outcome(stepped: Stepped, text: str, found: LookupOutcome) -> Outcome:
    sent: Sent = found
    if isinstance(stepped, Ask):
        sent = {field.name: text for field in stepped.fields}
    return Outcome(need=mark(stepped), sent=sent, at=NOW)


@settings(deadline=None, max_examples=60)
@given(st.lists(words, min_size=4, max_size=4), records, st.data())
def test_killed_anywhere_a_flow_goes_on_where_it_stood(
    texts: list[str], found: LookupOutcome, data: st.DataObject
) -> None:
    async def uninterrupted_and_killed() -> None:
        journal = begun("state of its own")
        one = Process(a_catalogue(), journal)
        stepped = await one.stands_at()
        for text in texts:
            assert isinstance(stepped, Ask | Lookup)
            journal = one.journal.plus(outcome(stepped, text, found))
            kept = journal_from_text(journal_to_text(journal))
            assert kept == journal
            one = Process(a_catalogue() if data.draw(st.booleans()) else one.catalogue, kept)
            stepped = await one.stands_at()
            assert stepped == await Process(a_catalogue(), kept).stands_at()
        secret = "|".join([texts[0], "state of its own", *found.records, texts[2], texts[3]])
        assert stepped == Ended(Done(kind=PASSWORD.kind, secret=secret))

    asyncio.run(uninterrupted_and_killed())


async def test_a_flow_that_asks_otherwise_than_before_has_diverged() -> None:
    journal = begun().plus(Outcome(need="ask who", sent={"who": "ann"}, at=NOW))
    same = await Process(a_catalogue(sign_in=many_steps), journal).stands_at()
    assert same == Lookup(name="acme.example", kind="MX")
    assert await Process(a_catalogue(sign_in=that(ASK)), journal).stands_at() == Diverged()
    assert await Process(a_catalogue(sign_in=that()), journal).stands_at() == Diverged()


def test_a_journal_shows_nothing_that_was_entered() -> None:
    sent = Outcome(need=mark(ASK), sent={"secret": "hunter2"}, at=NOW)
    shown = repr(begun("state-canary").plus(sent))
    assert "hunter2" not in shown
    assert "canary" not in shown


@pytest.mark.parametrize(
    ("stepped", "expected"),
    [(ASK, "ask secret"), (WAIT, "wait"), (Lookup(name="a.example", kind="MX"), "lookup MX a.example")],
)
def test_a_mark_tells_needs_apart(stepped: Stepped, expected: str) -> None:
    assert mark(stepped) == expected
