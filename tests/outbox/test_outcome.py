from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from letterhead.outbox import outcome
from letterhead.outbox.outcome import Addressee, Facts, Verdict
from letterhead.outbox.reasons import EXPIRED, MAY_HAVE_ARRIVED
from letterhead.outbox.rules import DeliveryStatus, MessageStatus, WhenUncertain

AT = datetime(2026, 11, 24, tzinfo=UTC)
FINAL = set(DeliveryStatus) - {DeliveryStatus.QUEUED, DeliveryStatus.DEFERRED, DeliveryStatus.UNCERTAIN}

people = st.lists(st.sampled_from(DeliveryStatus), min_size=1, max_size=6).map(
    lambda states: tuple(
        Addressee(id=UUID(int=n), address=f"r{n}@example.org", status=state) for n, state in enumerate(states)
    )
)
policies = st.sampled_from(WhenUncertain)


def facts(losses: int = 0, policy: WhenUncertain = WhenUncertain.RETRY_ONCE) -> Facts:
    return Facts(
        at=AT, expires_at=AT + timedelta(days=5), attempts=1, losses=losses, policy=policy, chance=0.5
    )


@given(people, st.integers(0, 3), policies)
def test_what_is_final_is_never_tried_again(
    addressees: tuple[Addressee, ...], losses: int, policy: WhenUncertain
) -> None:
    tried = outcome.to_try(addressees, facts(losses, policy))
    assert not FINAL & {one.status for one in tried}


@given(people, policies, st.data())
def test_somebody_is_left_to_try_exactly_if_there_is_a_next_attempt(
    addressees: tuple[Addressee, ...], policy: WhenUncertain, data: st.DataObject
) -> None:
    tried = outcome.to_try(addressees, facts(0, policy))
    verdicts = {one.id: Verdict(status=data.draw(st.sampled_from(DeliveryStatus))) for one in tried}
    settled = outcome.settle(addressees, verdicts, facts(0, policy), losses=data.draw(st.integers(0, 2)))
    after = tuple(
        Addressee(id=one.id, address=one.address, status=verdicts.get(one.id, one).status)
        for one in addressees
    )
    left = outcome.to_try(after, facts(settled.losses, policy))
    assert bool(left) == (settled.next_attempt_at is not None) == (settled.finished_at is None)


@given(people, policies)
def test_losses_end(addressees: tuple[Addressee, ...], policy: WhenUncertain) -> None:
    losses = 0
    while tried := outcome.to_try(addressees, facts(losses, policy)):
        verdicts = outcome.lost(tried, MAY_HAVE_ARRIVED)
        losses = outcome.settle(addressees, verdicts, facts(losses, policy), losses=losses + 1).losses
        addressees = tuple(
            Addressee(id=one.id, address=one.address, status=verdicts.get(one.id, one).status)
            for one in addressees
        )
    assert losses <= 2


def test_a_refused_repetition_leaves_it_uncertain() -> None:
    addressee = Addressee(id=UUID(int=0), address="r@example.org", status=DeliveryStatus.UNCERTAIN)
    assert outcome.refused(addressee, EXPIRED, temporary=False).status is DeliveryStatus.UNCERTAIN


@given(people)
def test_waiting_comes_back_when_it_expires(addressees: tuple[Addressee, ...]) -> None:
    waiting = outcome.wait(addressees, facts(), EXPIRED)
    assert (waiting.next_attempt_at, waiting.waiting_for) == (facts().expires_at, EXPIRED)
    assert waiting.status is not MessageStatus.HELD
