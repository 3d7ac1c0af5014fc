"""Which message of ours a report is about.

What comes in is trusted for this much: it can only say of a message that left through the very account in
whose mailbox it was found that it came back. Whoever forges a report has to know that message's envelope id
or its Message-ID, which nobody can guess, or else a recipient to whom one single message went lately; what is
known no better than that marks no address as bad.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from letterhead.bounces.addresses import key_of
from letterhead.bounces.report import Action, Report
from letterhead.bounces.rules import CAN_BOUNCE, message_named, only
from letterhead.store import models
from letterhead.store.database import Row, as_id, is_postgres, now, select
from letterhead.store.where import Where, escape_like

LATELY = timedelta(days=7)
NOT_LONG_AGO = timedelta(days=60)
MOST_ADDRESSES = 50


@dataclass(frozen=True, kw_only=True)
class Match:
    """``named``: the report names the message, it is not only guessed from the recipient."""

    message_id: UUID
    named: bool


async def matched(account: models.EmailAccount, report: Report) -> Match | None:
    named = await _by_envelope_id(account, report) or await _by_message_id(account, report)
    if named is None and report.message_ids:
        named = await _by_former_id(account, report)
    if named:
        return Match(message_id=named, named=True)
    if report.envelope_id or report.message_ids:
        return None  # it is about another message, such as one that its owner wrote elsewhere
    guessed = await _by_recipient(account, report)
    return Match(message_id=guessed, named=False) if guessed else None


async def _by_envelope_id(account: models.EmailAccount, report: Report) -> UUID | None:
    message_id = message_named(report.envelope_id)
    if message_id is None:
        return None
    where = _through(account)
    where.add("id = {}", message_id)
    return _one(await select(f"SELECT id FROM message WHERE {where}", *where.values))


async def _by_message_id(account: models.EmailAccount, report: Report) -> UUID | None:
    where = _through(account)
    where.among("message_id", list(report.message_ids))
    return _one(await select(f"SELECT id FROM message WHERE {where}", *where.values))


async def _by_former_id(account: models.EmailAccount, report: Report) -> UUID | None:
    """The message may leave through another account by now; its former Message-ID has this one's domain."""
    domain = "@" + account.address_key.rpartition("@")[2] + ">"
    ours = [one for one in report.message_ids if one.lower().endswith(domain)]
    if not ours:
        return None
    where = Where()
    where.add("company_id = {}", account.company_id)
    where.add("former_message_ids IS NOT NULL")
    where.add("queued_at >= {}", now() - NOT_LONG_AGO)
    column = "former_message_ids::text" if is_postgres() else "former_message_ids"
    likes = " OR ".join([f"{column} LIKE {{}} ESCAPE '!'"] * len(ours))
    where.add(likes, *(f'%"{escape_like(one)}"%' for one in ours))
    return _one(await select(f"SELECT id FROM message WHERE {where}", *where.values))


async def _by_recipient(account: models.EmailAccount, report: Report) -> UUID | None:
    failed = [one for one in report.bounced if one.action is Action.FAILED]
    addresses = {form for one in failed for address in one.addresses for form in (address, key_of(address))}
    where = Where()
    where.add("m.company_id = {}", account.company_id)
    where.add("m.account_id = {}", account.id)
    where.add("m.queued_at >= {}", now() - LATELY)
    where.among("r.address", sorted(addresses)[:MOST_ADDRESSES])
    where.among("r.status", [status.value for status in CAN_BOUNCE])
    rows = await select(
        f"""SELECT DISTINCT m.id FROM message m
            JOIN recipient r ON r.company_id = m.company_id AND r.message_id = m.id
            WHERE {where} LIMIT 2""",
        *where.values,
    )
    return _one(rows)


def _through(account: models.EmailAccount) -> Where:
    where = Where()
    where.add("company_id = {}", account.company_id)
    where.add("account_id = {}", account.id)
    return where


def _one(rows: Sequence[Row]) -> UUID | None:
    return only(as_id(row["id"]) for row in rows)
