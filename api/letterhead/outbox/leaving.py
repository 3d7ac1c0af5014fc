"""The messages of people who leave: held where they wait, for somebody else to decide."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.outbox import reasons
from letterhead.outbox.rules import MessageStatus
from letterhead.outbox.waking import PARKABLE
from letterhead.store.database import as_id, select
from letterhead.store.where import Where


async def waiting_of(company_id: UUID, employees: Sequence[UUID]) -> tuple[UUID, ...]:
    """Those they wrote, or that leave from an account of theirs. What is being sent just now is not among
    them: who sends it looks for itself whether it may."""
    theirs, companys = Where(), Where()
    for where in (theirs, companys):
        where.add("m.company_id = {}", company_id)
        where.add("m.status IN ({}, {})", *PARKABLE)
        where.add("m.lease_token IS NULL AND a.company_id = m.company_id")
    theirs.among_all("a.owner_id", employees)
    companys.add("a.owner_id = m.company_id")
    companys.among_all("m.author_id", employees)
    # By account, because that is what the waiting ones are indexed by.
    source = "SELECT m.id FROM email_account a JOIN message m ON m.account_id = a.id"
    found = [await select(f"{source} WHERE {where}", *where.values) for where in (theirs, companys)]
    return tuple(as_id(row["id"]) for rows in found for row in rows)


async def hold(company_id: UUID, message_ids: Sequence[UUID]) -> None:
    """Within the caller's transaction."""
    if not message_ids:
        return
    where = Where()
    where.add("company_id = {}", company_id)
    where.add("status IN ({}, {}) AND lease_token IS NULL", *PARKABLE)
    where.among_all("id", message_ids)
    place = len(where.values) + 1
    await select(
        f"""UPDATE message SET status = '{MessageStatus.HELD}', held_because = ${place}, waiting_for = NULL,
                next_attempt_at = NULL
            WHERE {where}""",
        *where.values,
        orjson.dumps(diagnosis_to_json(reasons.AUTHOR_LEFT)).decode(),
    )
