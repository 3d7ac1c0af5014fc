"""Several workers at once, one that was stopped and comes back, and clocks that are wrong."""

import asyncio
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from faults.conftest import Lab
from faults.sink import Hold, running_sink
from faults.workers import eventually
from letterhead.store import models

SENT = ("SENT", "ACCEPTED")
SHORT = 1.5
"""Seconds a lease lasts where it has to run out."""


async def test_two_workers_send_each_message_once(lab: Lab) -> None:
    async with running_sink(extensions=("PIPELINING",)) as sink:
        accounts = [await lab.account(sink) for _ in range(3)]
        sent = [await lab.send(account) for account in accounts for _ in range(15)]
        lab.worker()
        lab.worker()
        await lab.over()
        await lab.check(sink)
        assert {await lab.statuses(one) for one in sent} == {SENT}
        assert len(sink.whole) == len(sent)


async def test_one_of_two_workers_is_killed(lab: Lab) -> None:
    hold = Hold()
    async with running_sink(dot=[None, None, hold]) as sink:
        accounts = [await lab.account(sink) for _ in range(3)]
        sent = [await lab.send(account) for account in accounts for _ in range(8)]
        first = lab.worker(lease=SHORT)
        await hold.reached.wait()
        lab.worker(lease=SHORT)
        await first.kill()
        await lab.over()
        await lab.check(sink)
        assert {await lab.statuses(one) for one in sent} == {SENT}


async def test_two_workers_keep_to_an_accounts_limit(lab: Lab) -> None:
    async with running_sink() as sink:
        account = await lab.account(sink, messages_per_minute=5)
        for _ in range(9):
            await lab.send(account)
        workers = [lab.worker(), lab.worker()]
        await eventually(models.Message.filter(waiting_for__isnull=False).exists, "none waits for its turn")
        await asyncio.sleep(1)
        for worker in workers:
            await worker.ready()
            worker.signal(signal.SIGTERM)
        assert [await worker.ended() for worker in workers] == [0, 0]
        await lab.check(sink)
        times = sorted(one.whole for one in sink.whole if one.whole)
        assert 1 <= len(times) <= 5
        assert all(later - earlier > 60 for earlier, later in zip(times, times[5:], strict=False))


@pytest.mark.parametrize("policy", ["RETRY_ONCE", "HOLD"])
@pytest.mark.parametrize("point", ["before transmitting", "after transmitting", "before outcome"])
async def test_a_worker_stopped_for_longer_than_its_lease(lab: Lab, point: str, policy: str) -> None:
    await lab.policy(policy)
    async with running_sink() as sink:
        message_id = await lab.send(await lab.account(sink))
        first = lab.worker(lease=SHORT, at=point, signal_name="SIGSTOP")
        await first.stopped()
        lab.worker(lease=SHORT)
        await lab.over()
        first.signal(signal.SIGCONT)
        first.signal(signal.SIGTERM)
        assert await first.ended() == 0
        await lab.check(sink)
        held = policy == "HOLD"
        unknown = point == "after transmitting" and held
        assert await lab.statuses(message_id) == (("UNCERTAIN", "UNCERTAIN") if unknown else SENT)
        again = not held or point == "before transmitting"
        assert len(sink.whole) == (point == "before outcome") + again


async def test_a_late_answer_counts_for_nothing_once_another_attempt_is_under_way(lab: Lab) -> None:
    hold = Hold()
    async with running_sink(dot=[None, hold]) as sink:
        message_id = await lab.send(await lab.account(sink))
        first = lab.worker(lease=SHORT, at="before outcome", signal_name="SIGSTOP")
        await first.stopped()
        lab.worker()
        await hold.reached.wait()
        first.signal(signal.SIGCONT)
        first.signal(signal.SIGTERM)
        assert await first.ended() == 0
        assert await lab.statuses(message_id) == ("SENDING", "UNCERTAIN")
        hold.go_on.set()
        await lab.over()
        await lab.check(sink)
        assert await lab.statuses(message_id) == SENT
        assert len(sink.whole) == 2


async def test_a_stopped_worker_does_not_send_what_another_one_has_in_hand(lab: Lab) -> None:
    """It goes on while the other one waits for the server."""
    hold = Hold()
    async with running_sink(DATA=[None, hold]) as sink:
        message_id = await lab.send(await lab.account(sink))
        first = lab.worker(lease=SHORT, at="after transmitting", signal_name="SIGSTOP")
        await first.stopped()
        lab.worker(lease=SHORT)
        await hold.reached.wait()
        first.signal(signal.SIGCONT)
        first.signal(signal.SIGTERM)
        assert await first.ended() == 0
        assert sink.whole == []
        hold.go_on.set()
        await lab.over()
        await lab.check(sink)
        assert await lab.statuses(message_id) == SENT


def jump(clock: Path, *, hours: int) -> None:
    clock.with_suffix(".new").write_text(str(hours * 3600))
    clock.with_suffix(".new").rename(clock)


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_jumps_while_a_message_is_in_hand(lab: Lab, tmp_path: Path, hours: int) -> None:
    clock, hold = tmp_path / "clock", Hold()
    jump(clock, hours=0)
    async with running_sink(dot=[hold]) as sink:
        message_id = await lab.send(await lab.account(sink))
        first = lab.worker(clock=str(clock), lease=60)
        await hold.reached.wait()
        jump(clock, hours=hours)
        second = lab.worker(clock=str(clock))
        ran_out = lab.is_sqlite and hours > 0
        if ran_out:
            await eventually(models.Message.filter(uncertain_count=1).exists, "the lease did not run out")
        hold.go_on.set()
        # A retry that was written down an hour ahead would wait for that hour once the clock is put back.
        await eventually(lab.is_over if ran_out else lab.nothing_in_hand, "it is still in hand")
        jump(clock, hours=0)
        await lab.over()
        for worker in (first, second):
            await worker.ready()
            worker.signal(signal.SIGTERM)
            assert await worker.ended() == 0
        await lab.check(sink)
        assert await lab.statuses(message_id) == SENT


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("hours", [1, -1])
async def test_a_worker_with_a_wrong_clock_retries_no_sooner_and_no_later(
    lab: Lab, tmp_path: Path, hours: int
) -> None:
    """What is due is told by the database's clock, of which SQLite has none of its own."""
    jump(tmp_path / "clock", hours=hours)
    async with running_sink(MAIL=["451 4.3.0 Later"] * 2) as sink:
        message_id = await lab.send(await lab.account(sink))
        lab.worker(clock=str(tmp_path / "clock"))
        await lab.over()
        await lab.check(sink)
        assert await lab.statuses(message_id) == SENT
        times = [one.at for one in await models.DeliveryAttempt.filter(message_id=message_id).order_by("id")]
        assert all(0.2 < (b - a).total_seconds() < 60 for a, b in pairwise(times))
