"""A worker that is asked to end, as when a new version is rolled out."""

import signal

from faults.conftest import Lab
from faults.sink import Hold, running_sink
from letterhead.store import models


async def test_the_message_in_hand_is_finished_and_the_others_are_laid_down(lab: Lab) -> None:
    hold = Hold()
    async with running_sink(dot=[None, hold]) as sink:
        account = await lab.account(sink)
        sent = [await lab.send(account) for _ in range(6)]
        worker = lab.worker()
        await hold.reached.wait()
        worker.signal(signal.SIGTERM)
        hold.go_on.set()
        assert await worker.ended() == 0
        await lab.check(sink)
        states = [await lab.statuses(one) for one in sent]
        done = len(sink.whole)
        assert states == [("SENT", "ACCEPTED")] * done + [("QUEUED", "QUEUED")] * (6 - done)
        assert await models.Message.filter(fault_count__gt=0).count() == 0
        assert 2 <= done < 6


async def test_workers_replaced_one_by_one_lose_and_repeat_nothing(lab: Lab) -> None:
    async with running_sink(extensions=("PIPELINING",)) as sink:
        accounts = [await lab.account(sink) for _ in range(3)]
        sent = [await lab.send(account) for account in accounts for _ in range(12)]
        old = lab.worker()
        for _ in range(3):
            new = lab.worker()
            await old.ready()
            old.signal(signal.SIGTERM)
            assert await old.ended() == 0
            old = new
        await lab.over()
        await lab.check(sink)
        assert {await lab.statuses(one) for one in sent} == {("SENT", "ACCEPTED")}
        assert len(sink.whole) == len(sent)
