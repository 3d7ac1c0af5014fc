"""What a report may say about which message, and what is written down of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from bounces.letters import delivery_report, group
from letterhead.bounces.recognition import recognise
from letterhead.bounces.verbs import InHand, take_in
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox.enqueue import send
from letterhead.store import models
from letterhead.store.database import now
from outbox.conftest import AccountMaker, mail, statuses

ZOE, MAX = "zoe@example.org", "max@example.org"


async def sent(house: House, by: Actor, *to: str, key: str = "k-1") -> models.Message:
    """A message that a server took for everybody."""
    message_id = (await send(house, mail(key, to=to), by=by)).message_id
    await models.Message.filter(id=message_id).update(
        status="SENT", next_attempt_at=None, finished_at=now(), message_id=f"<{key}@example.com>"
    )
    await models.Recipient.filter(message_id=message_id).update(status="ACCEPTED")
    return await models.Message.get(id=message_id)


async def taken_in(house: House, account: models.EmailAccount, *groups: str, **of: Any) -> UUID | None:
    report = recognise(delivery_report(*groups, **of))
    assert report is not None
    return await take_in(house, account, report)


async def bad(company_id: UUID) -> list[str]:
    return sorted([row.address_key for row in await models.BadAddress.filter(company_id=company_id)])


@pytest.mark.parametrize("named_by", ["envelope id", "Message-ID", "former Message-ID"])
async def test_a_message_that_is_named_is_found(
    house: House, anna: Actor, new_account: AccountMaker, named_by: str
) -> None:
    account = await new_account()
    message = await sent(house, anna, ZOE, MAX)
    await models.Message.filter(id=message.id).update(former_message_ids=["<old_1@example.com>"])
    of = {
        "envelope id": {"envelope_id": message.id.hex, "message_id": "<rewritten@relay.example>"},
        "Message-ID": {"message_id": "<k-1@example.com>"},
        "former Message-ID": {"message_id": "<old_1@example.com>"},
    }[named_by]

    assert await taken_in(house, account, group(ZOE), **of) == message.id

    assert await statuses(message.id) == ("PARTLY_SENT", "BOUNCED", "ACCEPTED")
    recipient = await models.Recipient.get(message_id=message.id, address=ZOE)
    assert (recipient.address_is_bad, recipient.diagnosis["code"]) == (True, "RECIPIENT_UNKNOWN")
    assert recipient.bounced_at is not None
    assert await bad(account.company_id) == [ZOE]


async def test_saying_it_again_changes_nothing(house: House, anna: Actor, new_account: AccountMaker) -> None:
    account = await new_account()
    message = await sent(house, anna, ZOE)

    first = await taken_in(house, account, group(ZOE), message_id="<k-1@example.com>")
    before = await models.Recipient.get(message_id=message.id)
    again = await taken_in(house, account, group(ZOE), message_id="<k-1@example.com>")

    assert (first, again) == (message.id, None)
    assert (await models.Recipient.get(message_id=message.id)).bounced_at == before.bounced_at
    assert await statuses(message.id) == ("FAILED", "BOUNCED")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("552 5.2.2 Mailbox full", "RECIPIENT_MAILBOX_FULL"),
        ("550 5.7.1 Message rejected as spam", "SPAM_CONTENT"),
    ],
)
async def test_a_full_mailbox_or_a_filter_makes_no_address_bad(
    house: House, anna: Actor, new_account: AccountMaker, said: str, code: str
) -> None:
    account = await new_account()
    message = await sent(house, anna, ZOE)

    await taken_in(house, account, group(ZOE, status=said[4:9], said=said), message_id="<k-1@example.com>")

    recipient = await models.Recipient.get(message_id=message.id)
    assert (recipient.status, recipient.address_is_bad) == ("BOUNCED", False)
    assert (recipient.diagnosis["code"], await bad(account.company_id)) == (code, [])


async def test_a_delay_is_not_the_end(house: House, anna: Actor, new_account: AccountMaker) -> None:
    account = await new_account()
    message = await sent(house, anna, ZOE)

    await taken_in(
        house, account, group(ZOE, action="delayed", status="4.4.1"), message_id="<k-1@example.com>"
    )

    assert await statuses(message.id) == ("SENT", "ACCEPTED")


async def test_only_what_left_through_the_mailboxs_own_account_can_come_back_there(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    await new_account()
    message = await sent(house, anna, ZOE)
    other = await new_account(address="other@example.net")

    for of in ({"envelope_id": message.id.hex}, {"message_id": "<k-1@example.com>"}):
        assert await taken_in(house, other, group(ZOE), **of) is None

    assert await statuses(message.id) == ("SENT", "ACCEPTED")


async def test_another_company_is_never_touched(house: House, anna: Actor, new_account: AccountMaker) -> None:
    account = await new_account()
    message = await sent(house, anna, ZOE)
    stranger = await models.Company.create(name="Stranger Ltd")
    account.company_id, account.id = stranger.id, uuid7()

    assert await taken_in(house, account, group(ZOE), envelope_id=message.id.hex) is None

    assert await statuses(message.id) == ("SENT", "ACCEPTED")


async def test_somebody_elses_address_is_passed_over(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    message = await sent(house, anna, ZOE, MAX)

    assert await taken_in(house, account, group("eve@example.net"), envelope_id=message.id.hex) is None

    assert await statuses(message.id) == ("SENT", "ACCEPTED", "ACCEPTED")


async def test_a_report_that_names_no_message_is_taken_where_only_one_can_be_meant(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    first = await sent(house, anna, ZOE)

    assert await taken_in(house, account, group(ZOE), message_id=None) == first.id
    assert await bad(account.company_id) == []

    second, third = await sent(house, anna, ZOE, key="k-2"), await sent(house, anna, ZOE, key="k-3")
    assert await taken_in(house, account, group(ZOE), message_id=None) is None
    assert [await statuses(one.id) for one in (second, third)] == [("SENT", "ACCEPTED")] * 2


async def test_a_report_about_mail_that_was_written_elsewhere_is_passed_over(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    message = await sent(house, anna, ZOE)

    assert await taken_in(house, account, group(ZOE), message_id="<outlook-1@example.com>") is None

    assert await statuses(message.id) == ("SENT", "ACCEPTED")


async def test_a_message_that_is_in_hand_is_come_back_for(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    message = await sent(house, anna, ZOE)
    leased = models.Message.filter(id=message.id)
    await leased.update(lease_token=uuid7(), lease_until=now() + timedelta(minutes=1))

    with pytest.raises(InHand):
        await taken_in(house, account, group(ZOE), envelope_id=message.id.hex)

    await leased.update(lease_until=now() - timedelta(minutes=1))
    assert await taken_in(house, account, group(ZOE), envelope_id=message.id.hex) == message.id


async def test_what_was_uncertain_is_certain_then(
    house: House, anna: Actor, new_account: AccountMaker
) -> None:
    account = await new_account()
    message = await sent(house, anna, ZOE)
    await models.Recipient.filter(message_id=message.id).update(status="UNCERTAIN")

    await taken_in(house, account, group(ZOE), envelope_id=message.id.hex)

    assert await statuses(message.id) == ("FAILED", "BOUNCED")
