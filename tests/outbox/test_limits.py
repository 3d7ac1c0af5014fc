from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest

from lab.sinks import Sink
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox.enqueue import send
from letterhead.outbox.pacing import limits_of
from letterhead.outbox.waking import wake_account
from letterhead.store import models
from letterhead.store.database import now
from letterhead_providers import Limits
from outbox.conftest import AccountMaker, eventually, mail, until, working

SinkMaker = Callable[..., AbstractAsyncContextManager[Sink]]


async def waiting() -> list[dict[str, Any] | None]:
    rows = await models.Message.filter(status="QUEUED", waiting_for__isnull=False)
    return [row.waiting_for["code"] for row in rows]


@pytest.mark.parametrize(
    ("columns", "sent"), [({"messages_per_minute": 30}, 3), ({"messages_per_day": 20}, 2)]
)
async def test_workers_together_never_send_more_than_an_account_may(
    house: House,
    anna: Actor,
    new_account: AccountMaker,
    sink: SinkMaker,
    *,
    columns: dict[str, int],
    sent: int,
) -> None:
    async with sink() as server:
        await new_account(server.port, **columns)
        for number in range(8):
            await send(house, mail(f"k-{number}"), by=anna)
        async with working(house, "one"), working(house, "two"):
            await eventually(waiting, ["RATE_LIMITED"] * (8 - sent))
        assert len(server.messages) == sent
    rows = await models.Message.filter(waiting_for__isnull=False).order_by("next_attempt_at")
    assert {(row.attempt_count, row.lease_token, row.fault_count) for row in rows} == {(0, None, 0)}
    assert all(row.next_attempt_at > now() for row in rows)
    assert "It sends on at" in rows[0].waiting_for["explanation"]


async def test_what_waits_for_its_turn_goes_out_by_itself(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        account = await new_account(server.port, messages_per_minute=20)
        messages = [await send(house, mail(f"k-{number}"), by=anna) for number in range(3)]
        async with working(house):
            await eventually(waiting, ["RATE_LIMITED"])
        await models.EmailAccount.filter(id=account.id).update(messages_per_minute=None)
        await wake_account(house, account.id)
        async with working(house):
            for one in messages:
                await until(one.message_id, "SENT", "ACCEPTED")
    assert {row.attempt_count for row in await models.Message.all()} == {1}


async def test_another_account_does_not_wait_with_it(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker
) -> None:
    async with sink() as server:
        account = await new_account(server.port, messages_per_day=1)
        free = await new_account(server.port, address="free@example.com", position=1)
        messages = [await send(house, mail(f"k-{number}"), by=anna) for number in range(6)]
        await models.Message.filter(id__in=[one.message_id for one in messages[3:]]).update(
            account_id=free.id, from_address=free.address
        )
        async with working(house):
            for one in messages[3:]:
                await until(one.message_id, "SENT", "ACCEPTED")
            await eventually(waiting, ["RATE_LIMITED"] * 2)
    assert await models.Message.filter(account_id=account.id, status="SENT").count() == 1


async def test_a_server_that_is_away_uses_up_no_allowance(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account(port=9, messages_per_day=100)
    sent = await send(house, mail(), by=anna)
    async with working(house):
        await until(sent.message_id, "DEFERRED", "DEFERRED")
    assert await models.Allowance.all().count() == 0


@pytest.mark.parametrize(
    ("own", "service", "limits"),
    [
        (None, None, []),
        (None, Limits(messages_per_minute=30, messages_per_day=500), [(30, 60.0), (500, 86_400.0)]),
        (10, Limits(messages_per_minute=30), [(10, 60.0)]),
        (50, Limits(messages_per_minute=30), [(30, 60.0)]),
    ],
)
def test_the_stricter_limit_counts(
    own: int | None, service: Limits | None, limits: list[tuple[int, float]]
) -> None:
    account = models.EmailAccount(messages_per_minute=own)
    assert [(limit.most, limit.seconds) for limit in limits_of(account, service)] == limits


async def test_an_expired_message_does_not_wait_for_its_turn(
    house: House, anna: Actor, new_account: AccountMaker, sink: SinkMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.outbox.turn.LONGEST_REST", 0.1)
    async with sink() as server:
        await new_account(server.port, messages_per_day=1)
        for number in range(2):
            sent = await send(house, mail(f"k-{number}", expires_at=now() + timedelta(seconds=0.6)), by=anna)
        async with working(house):
            await eventually(waiting, ["RATE_LIMITED"])
            await eventually(models.Message.filter(status="EXPIRED").count, 1)
    assert (await models.Message.get(id=sent.message_id)).waiting_for is None
