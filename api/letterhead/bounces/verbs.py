"""Writing down what came back, and what is known about addresses."""

from collections.abc import Mapping
from uuid import UUID

from letterhead import telling
from letterhead.accounts.drafts import address_key
from letterhead.bounces.matching import Match, matched
from letterhead.bounces.meaning import Meaning, meaning_of
from letterhead.bounces.report import Report
from letterhead.bounces.rules import CAN_BOUNCE, whom
from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.errors import LetterheadError
from letterhead.house import House
from letterhead.outbox.rules import DeliveryStatus, MessageStatus, status_of
from letterhead.store import models
from letterhead.store.database import Row, as_id, clock, is_postgres, now, select, transaction


class InHand(LetterheadError):
    """A worker has the message just now, and would write over what is said about it: come again."""


async def take_in(house: House, account: models.EmailAccount, report: Report) -> UUID | None:
    """Writes down what a report found in the account's mailbox says about a message of ours: which, if any.

    Doing it again changes nothing. Raises InHand.
    """
    match = await matched(account, report)
    if match is None:
        return None
    meanings = await _meanings(house, account, match, report)
    if not meanings:
        return None
    async with transaction():
        await _lock(match.message_id)
        changed = await _write(account.company_id, match.message_id, meanings)
    if changed:
        house.news.changed(match.message_id)
    return match.message_id if changed else None


async def _meanings(
    house: House, account: models.EmailAccount, match: Match, report: Report
) -> dict[UUID, tuple[Meaning, bool]]:
    """By recipient, with whether its own address is known to be bad."""
    rows = await _recipients(account.company_id, match.message_id)
    about = whom(report.bounced, {as_id(row["id"]): row["address"] for row in rows})
    found = {}
    for recipient_id, (bounced, itself) in about.items():
        meaning = await meaning_of(house, bounced, report)
        if meaning.final:
            found[recipient_id] = meaning, meaning.address_is_bad and itself and match.named
    return found


async def _lock(message_id: UUID) -> None:
    """SQLite's transaction has locked everything by now."""
    locking = "FOR UPDATE" if is_postgres() else ""
    rows = await select(
        f"""SELECT lease_token IS NOT NULL AND lease_until > {clock()} AS in_hand
            FROM message WHERE id = $1 {locking}""",
        message_id,
    )
    if rows and rows[0]["in_hand"]:
        raise InHand("the message is being sent")


async def _write(company_id: UUID, message_id: UUID, meanings: Mapping[UUID, tuple[Meaning, bool]]) -> bool:
    at, changed = now(), False
    for row in await _recipients(company_id, message_id):
        recipient_id = as_id(row["id"])
        if recipient_id not in meanings or DeliveryStatus(row["status"]) not in CAN_BOUNCE:
            continue
        meaning, bad = meanings[recipient_id]
        diagnosis = diagnosis_to_json(meaning.diagnosis)
        await models.Recipient.filter(id=recipient_id).update(
            status=DeliveryStatus.BOUNCED.value, diagnosis=diagnosis, bounced_at=at, address_is_bad=bad
        )
        if bad:
            await _remember_bad(company_id, row["address"], diagnosis)
        changed = True
    if changed:
        await _refresh(company_id, message_id)
        await telling.messages_changed(company_id, [message_id], "bounced")
    return changed


async def _remember_bad(company_id: UUID, address: str, diagnosis: Mapping[str, object]) -> None:
    row = models.BadAddress(
        company_id=company_id, address_key=address_key(address), since=now(), diagnosis=diagnosis
    )
    await models.BadAddress.bulk_create(
        [row], on_conflict=["company_id", "address_key"], update_fields=["since", "diagnosis"]
    )


async def _refresh(company_id: UUID, message_id: UUID) -> None:
    statuses = [DeliveryStatus(row["status"]) for row in await _recipients(company_id, message_id)]
    message = await models.Message.filter(id=message_id).only("id", "status").first()
    held = message is not None and message.status == MessageStatus.HELD.value
    await models.Message.filter(id=message_id).update(status=status_of(statuses, held=held).value)


async def _recipients(company_id: UUID, message_id: UUID) -> list[Row]:
    rows = await select(
        "SELECT id, address, status FROM recipient WHERE company_id = $1 AND message_id = $2",
        company_id,
        message_id,
    )
    return list(rows)
