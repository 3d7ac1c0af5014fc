"""The order of the answer is that of the sources, whoever is quick."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.test_rules import a_candidate
from letterhead.discovery.found import Candidate, Finding, Look, Source
from letterhead.discovery.gather import FAULT, LATE, NEEDLESS, gather


@dataclass(frozen=True)
class Place:
    """``host``: of what it finds; None: nothing; empty: it fails."""

    source: Source
    host: str | None
    trusted: bool
    delay: float


def a_look(place: Place, after: Sequence[Look] = ()) -> Look:
    async def ask() -> Finding:
        await asyncio.sleep(place.delay)
        if place.host is None:
            return Finding(outcome="Nothing.")
        host = {}[0] if not place.host else place.host
        candidate = a_candidate(place.source, trusted=place.trusted, host=host)
        return Finding(outcome="Found.", candidates=(candidate,))

    return Look(source=place.source, ask=ask, after=tuple(after))


def gathered(places: Sequence[Place], seconds: float = 20) -> tuple[list[Candidate], list[str]]:
    first = a_look(places[0])
    looks = [first, *(a_look(place, [first]) for place in places[1:])]
    candidates, trail = asyncio.run(gather(looks, seconds))
    assert [step.source for step in trail] == [place.source for place in places]
    return list(candidates), [step.outcome for step in trail]


ORDER = (
    Source.PROVIDER_DOMAIN,
    Source.MX_RECORD,
    Source.AUTOCONFIG,
    Source.ISPDB,
    Source.ISPDB,
    Source.GUESS,
)


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_the_order_of_arrival_changes_nothing(data: st.DataObject) -> None:
    hosts = st.sampled_from([None, "", "a.test", "b.test"])
    what = [(source, data.draw(hosts), data.draw(st.booleans())) for source in ORDER]
    orders = data.draw(st.lists(st.permutations(range(len(ORDER))), min_size=2, max_size=3))
    answers = [
        gathered([Place(*each, delay=order[at] / 1000) for at, each in enumerate(what)]) for order in orders
    ]
    assert all(answer == answers[0] for answer in answers)


def test_a_fault_is_a_step_of_the_trail() -> None:
    found, words = gathered([Place(Source.MX_RECORD, "", True, 0), Place(Source.ISPDB, "a.test", True, 0)])
    assert (found, words) == ([a_candidate(Source.ISPDB)], [FAULT, "Found."])


def test_who_is_late_is_left_behind() -> None:
    places = [Place(Source.AUTOCONFIG, "b.test", True, 0), Place(Source.ISPDB, "a.test", True, 9)]
    found, words = gathered(places, seconds=0.1)
    assert (found, words) == ([a_candidate(Source.AUTOCONFIG, host="b.test")], ["Found.", LATE])


def test_a_needless_place_is_not_waited_for() -> None:
    places = [Place(Source.ISPDB, "a.test", True, 0), Place(Source.GUESS, "b.test", True, 60)]
    found, words = gathered(places)
    assert (found, words) == ([a_candidate(Source.ISPDB)], ["Found.", NEEDLESS])


def test_nobody_is_asked_about_a_known_domain() -> None:
    asked = []

    async def ask() -> Finding:
        asked.append("asked")
        return Finding(outcome="Asked.")

    known = a_look(Place(Source.PROVIDER_DOMAIN, "a.test", True, 0.01))
    candidates, trail = asyncio.run(gather([known, Look(source=Source.ISPDB, ask=ask, after=(known,))], 2))
    assert (len(candidates), trail[1].outcome, asked) == (1, NEEDLESS, [])
