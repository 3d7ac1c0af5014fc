"""A worker is killed at a point of its work, and another one takes over."""

import pytest

from faults.conftest import Lab
from faults.sink import Hold, running_sink
from letterhead.store import models

POINTS_WITHOUT_DOUBT = ("before claim", "after claim", "before transmitting", "after outcome")
POINTS_OF_DOUBT = ("after transmitting", "before outcome")
MORE_THAN_BUFFERS = 4_900_000
"""Octets. The end of the content is then still with the worker when it is killed: what fits into the kernel's
buffer would arrive without it."""

POLICIES = ("RETRY_ONCE", "HOLD")
COPIES = {
    ("after transmitting", "RETRY_ONCE"): 1,
    ("after transmitting", "HOLD"): 0,
    ("before outcome", "RETRY_ONCE"): 2,
    ("before outcome", "HOLD"): 1,
}
"""How often the server has the message in the end."""


@pytest.mark.parametrize("point", POINTS_WITHOUT_DOUBT)
async def test_a_kill_where_nothing_is_in_doubt(lab: Lab, point: str) -> None:
    async with running_sink() as sink:
        message_id = await lab.send(await lab.account(sink), "bob@example.org", "carl@example.org")
        await lab.worker(at=point).ended()
        await lab.successor()
        await lab.over()
        await lab.check(sink)
        assert await lab.statuses(message_id) == ("SENT", "ACCEPTED", "ACCEPTED")
        assert len(sink.whole) == 1


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("point", POINTS_OF_DOUBT)
async def test_a_kill_that_leaves_a_doubt(lab: Lab, point: str, policy: str) -> None:
    await lab.policy(policy)
    async with running_sink() as sink:
        message_id = await lab.send(await lab.account(sink))
        await lab.worker(at=point).ended()
        await lab.successor()
        await lab.over()
        await lab.check(sink)
        final = ("SENT", "ACCEPTED") if policy == "RETRY_ONCE" else ("UNCERTAIN", "UNCERTAIN")
        assert await lab.statuses(message_id) == final
        assert len(sink.whole) == COPIES[point, policy]


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_kill_between_the_writes_of_an_outcome_leaves_none_of_them(lab: Lab, policy: str) -> None:
    await lab.policy(policy)
    await lab.webhook()
    async with running_sink() as sink:
        message_id = await lab.send(await lab.account(sink))
        await lab.worker(at="inside outcome").ended()
        assert await lab.statuses(message_id) == ("SENDING", "QUEUED")
        assert await models.DeliveryAttempt.all().count() == 0
        await lab.successor()
        await lab.over()
        await lab.check(sink)
        repeated = policy == "RETRY_ONCE"
        final = ("SENT", "ACCEPTED") if repeated else ("UNCERTAIN", "UNCERTAIN")
        assert await lab.statuses(message_id) == final
        told = ["message.uncertain", *["message.sent"] * repeated]
        assert [one.event for one in await models.WebhookDelivery.all().order_by("id")] == told
        assert len(sink.whole) == 1 + repeated


@pytest.mark.parametrize("point", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_kill_before_the_message_went_out(lab: Lab, point: str) -> None:
    hold = Hold()
    async with running_sink(**{point: [hold]}) as sink:
        message_id = await lab.send(await lab.account(sink))
        first = lab.worker()
        await hold.reached.wait()
        await first.kill()
        await lab.successor()
        await lab.over()
        await lab.check(sink)
        assert await lab.statuses(message_id) == ("SENT", "ACCEPTED")
        assert len(sink.whole) == 1


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("point", "size"), [("content", MORE_THAN_BUFFERS), ("dot", 100)])
async def test_a_kill_while_the_message_goes_out(lab: Lab, point: str, size: int, policy: str) -> None:
    hold = Hold()
    await lab.policy(policy)
    async with running_sink(**{point: [hold]}) as sink:
        message_id = await lab.send(await lab.account(sink), text="Here it is.\n" * (size // 12))
        first = lab.worker()
        await hold.reached.wait()
        await first.kill()
        hold.go_on.set()
        await lab.successor()
        await lab.over()
        await lab.check(sink)
        final = ("SENT", "ACCEPTED") if policy == "RETRY_ONCE" else ("UNCERTAIN", "UNCERTAIN")
        assert await lab.statuses(message_id) == final
        assert len(sink.whole) == (point == "dot") + (policy == "RETRY_ONCE")


async def test_two_kills_after_the_dot_are_the_end_of_repeating(lab: Lab) -> None:
    holds = [Hold(), Hold()]
    async with running_sink(dot=[*holds]) as sink:
        message_id = await lab.send(await lab.account(sink))
        for hold in holds:
            worker = await lab.successor()
            await hold.reached.wait()
            await worker.kill()
        await lab.successor()
        await lab.over()
        await lab.check(sink)
        assert await lab.statuses(message_id) == ("UNCERTAIN", "UNCERTAIN")
        assert len(sink.whole) == 2


async def test_a_kill_inside_the_recovery_counts_no_second_loss(lab: Lab) -> None:
    async with running_sink() as sink:
        message_id = await lab.send(await lab.account(sink))
        await lab.worker(at="before outcome").ended()
        await (await lab.successor(at="inside recovery")).ended()
        await lab.successor()
        await lab.over()
        await lab.check(sink)
        assert await lab.statuses(message_id) == ("SENT", "ACCEPTED")
        assert len(sink.whole) == 2


async def test_a_kill_with_many_in_hand_costs_the_others_nothing(lab: Lab) -> None:
    hold = Hold()
    async with running_sink(dot=[None, None, hold]) as sink:
        account = await lab.account(sink)
        sent = [await lab.send(account) for _ in range(12)]
        first = lab.worker()
        await hold.reached.wait()
        await first.kill()
        await lab.successor()
        await lab.over()
        await lab.check(sink)
        assert {await lab.statuses(one) for one in sent} == {("SENT", "ACCEPTED")}
        assert len(sink.whole) <= 12 + 2  # the one in hand, and the one whose outcome was being written down
