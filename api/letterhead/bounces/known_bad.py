"""Addresses that are known not to exist any more: a warning before somebody writes there again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from letterhead.accounts.drafts import address_key
from letterhead.audit.log import Action, record
from letterhead.diagnosis.stored import diagnosis_from_json
from letterhead.errors import NotAnswerable, Problem, ProblemCode, Refused
from letterhead.identity.actor import Actor, Permission
from letterhead.outbox.rules import DeliveryStatus
from letterhead.store import models
from letterhead.store.database import as_id, as_instant, as_json, now, select, transaction
from letterhead.store.where import Where
from letterhead_providers import Diagnosis

MOST = 500
TIME_TO_BOUNCE = timedelta(days=5)
"""Mail that was taken and has not come back for so long has arrived."""

MAY_ASK = frozenset({Permission.SEND, Permission.SEND_FOR_OTHERS, Permission.READ_MESSAGES})


@dataclass(frozen=True, kw_only=True)
class BadAddress:
    """``address``: as it was asked for. ``since``: when mail to it came back the last time."""

    address: str
    since: datetime
    diagnosis: Diagnosis


async def known_bad(addresses: Sequence[str], *, by: Actor) -> list[BadAddress]:
    """Those of ``addresses`` that mail of this company came back from, in their order.

    Not those that later mail was delivered to. Raises NotAnswerable.
    """
    if len(addresses) > MOST:
        raise NotAnswerable("BAD_INPUT", f"{len(addresses)} addresses are too many.", f"Ask for {MOST}.")
    if not by.permissions & MAY_ASK:
        raise NotAnswerable("FORBIDDEN", "This needs the permission SEND.", "Use a token that has it.")
    return await among(addresses, company_id=by.company_id)


async def among(addresses: Sequence[str], *, company_id: UUID) -> list[BadAddress]:
    keys = {address: address_key(address.strip()) for address in addresses}
    where = Where()
    where.add("b.company_id = {}", company_id)
    where.among("b.address_key", sorted(set(keys.values())))
    where.add(
        """NOT EXISTS (
            SELECT 1 FROM recipient r JOIN message m ON m.id = r.message_id
            WHERE r.company_id = b.company_id AND r.address = b.address_key AND r.status = {}
              AND m.queued_at > b.since AND m.finished_at <= {})""",
        DeliveryStatus.ACCEPTED.value,
        now() - TIME_TO_BOUNCE,
    )
    rows = await select(f"SELECT * FROM bad_address b WHERE {where}", *where.values)
    found = {row["address_key"]: row for row in rows}
    return [
        BadAddress(
            address=address,
            since=as_instant(found[key]["since"]),
            diagnosis=diagnosis_from_json(as_json(found[key]["diagnosis"])),
        )
        for address, key in keys.items()
        if key in found
    ]


async def forget_bad(address: str, *, by: Actor) -> bool:
    """Somebody knows better, such as from the contact. Whether it was known as bad. Raises Refused."""
    if not by.permissions & {Permission.SEND, Permission.SEND_FOR_OTHERS}:
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, "This needs the permission SEND.", ("address",)))
    key = address_key(address.strip())
    known = "SELECT id FROM bad_address WHERE company_id = $1 AND address_key = $2"
    rows = await select(known, by.company_id, key)
    async with transaction():
        if not await models.BadAddress.filter(id__in=[as_id(row["id"]) for row in rows]).delete():
            return False
        changes = {"address": (key, None)}
        await record(Action.BAD_ADDRESS_FORGOTTEN, f"Holds {key} for good again", by=by, changes=changes)
    return True
