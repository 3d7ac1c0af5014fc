"""What is due is told by the database's clock, whatever the machine's says."""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox.enqueue import send
from letterhead.outbox.waking import wake_account
from letterhead.store import database, models
from outbox.conftest import AccountMaker, mail

pytestmark = [
    pytest.mark.postgres,  # SQLite has no clock of its own
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
    pytest.mark.parametrize("hours", [-1, 1]),
]


@pytest.fixture
def wrong_clock(monkeypatch: pytest.MonkeyPatch, hours: int) -> Callable[[], None]:
    def put_wrong() -> None:
        right = database.now

        def now() -> datetime:
            return right() + timedelta(hours=hours)

        for module in list(sys.modules.values()):
            if vars(module).get("now") is right:
                monkeypatch.setattr(module, "now", now)

    return put_wrong


async def is_due(message_id: UUID) -> bool:
    [row] = await database.select(
        """SELECT next_attempt_at BETWEEN now() - interval '1 minute' AND now() AS due
           FROM message WHERE id = $1""",
        message_id,
    )
    return bool(row["due"])


async def test_a_message_is_due_when_it_is_taken_in(
    house: House, anna: Actor, new_account: AccountMaker, wrong_clock: Callable[[], None]
) -> None:
    await new_account()
    wrong_clock()
    assert await is_due((await send(house, mail(), by=anna)).message_id)


async def test_a_message_is_due_when_its_account_is_ready(
    house: House, anna: Actor, new_account: AccountMaker, wrong_clock: Callable[[], None]
) -> None:
    account = await new_account()
    sent = await send(house, mail(), by=anna)
    later = database.now() + timedelta(days=1)
    waiting = {"code": "AUTH_FAILED", "title": "It waits"}
    await models.Message.all().update(waiting_for=waiting, next_attempt_at=later)
    wrong_clock()
    await wake_account(house, account.id)
    assert await is_due(sent.message_id)
