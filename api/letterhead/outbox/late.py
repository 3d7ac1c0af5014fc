"""A server's answer that is written down after its message was called uncertain for want of it.

A worker that was stopped, or cut off from the database, for longer than its lease may still hold that answer.
It counts as long as nothing has been done on the strength of the doubt.
"""

from uuid import UUID

from letterhead.outbox import writing
from letterhead.outbox.outcome import Settlement
from letterhead.outbox.queue import Claim
from letterhead.outbox.rules import DeliveryStatus, MessageStatus
from letterhead.outbox.writing import Settled
from letterhead.store.database import as_id, at_once, is_postgres, select


async def settle(claim: Claim, settlement: Settlement) -> bool:
    """False: it does not count any more, and nothing was written.

    The content was begun, so whoever had the message in hand next could but call it uncertain. Of that, and
    of nothing else, the counts and the recipients must bear the marks.
    """
    answered = settlement.attempt is not None and settlement.attempt.reply is not None
    if not (settlement.begun and answered and settlement.losses == claim.losses):
        return False
    return await at_once(lambda: _settle(claim, settlement))


async def _settle(claim: Claim, settlement: Settlement) -> bool:
    lock = "FOR UPDATE" if is_postgres() else ""
    doubtful = await select(
        f"""SELECT id FROM message WHERE company_id = $1 AND id = $2 AND status = $3 AND lease_token IS NULL
              AND uncertain_count = $4 AND attempt_count = $5 {lock}""",
        claim.company_id,
        claim.id,
        MessageStatus.UNCERTAIN.value,
        claim.losses + 1,
        claim.attempt_count + 1,
    )
    if not doubtful or await _recipients(claim) != _in_doubt(claim, settlement):
        return False
    await _take_back(claim)
    return not await writing.write([Settled(claim=claim, settlement=settlement)])


async def _recipients(claim: Claim) -> dict[UUID, DeliveryStatus]:
    lock = "FOR UPDATE" if is_postgres() else ""
    rows = await select(
        f"SELECT id, status FROM recipient WHERE company_id = $1 AND message_id = $2 {lock}",
        claim.company_id,
        claim.id,
    )
    return {as_id(row["id"]): DeliveryStatus(row["status"]) for row in rows}


def _in_doubt(claim: Claim, settlement: Settlement) -> dict[UUID, DeliveryStatus]:
    """As the loss of the answer left them."""
    return {
        one.id: DeliveryStatus.UNCERTAIN if one.id in settlement.verdicts else one.status
        for one in claim.addressees
    }


async def _take_back(claim: Claim) -> None:
    """In hand again, as if its answer had not been missed: what stands for the attempt is a guess."""
    await select(
        """DELETE FROM delivery_attempt WHERE id = (
               SELECT id FROM delivery_attempt WHERE company_id = $1 AND message_id = $2
               ORDER BY at DESC, id DESC LIMIT 1
           ) RETURNING id""",
        claim.company_id,
        claim.id,
    )
    await select(
        "UPDATE message SET lease_token = $2, attempt_count = attempt_count - 1 WHERE id = $1 RETURNING id",
        *claim.fence,
    )
