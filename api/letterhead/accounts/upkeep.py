"""How much an account may send, whether its mail is read for bounces, and how it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from letterhead.accounts.account import Account
from letterhead.accounts.fields import KEEP, Kept
from letterhead.accounts.rules import narrowed, why_not_limit
from letterhead.accounts.versions import managed, write
from letterhead.audit.log import Action, Subject, record
from letterhead.audit.rules import text
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.store import models
from letterhead.store.database import as_id, now, select, transaction
from letterhead.store.where import Where
from letterhead_providers import Limits


@dataclass(frozen=True, kw_only=True)
class SetLimits:
    account_id: UUID
    expected_version: int | None = None
    messages_per_minute: int | Kept | None = KEEP
    messages_per_day: int | Kept | None = KEEP


@dataclass(frozen=True, kw_only=True)
class Usage:
    """``sent_today``: messages that left for every recipient that took them, since midnight in UTC.
    ``queued``: messages that are still to leave and wait for no person."""

    sent_today: int = 0
    queued: int = 0


async def set_limits(house: House, command: SetLimits, *, by: Actor) -> None:
    """Raises Refused for more than the service allows."""
    row = await managed(command.account_id, command.expected_version, by=by)
    wanted = {
        "messages_per_minute": command.messages_per_minute,
        "messages_per_day": command.messages_per_day,
    }
    changes = {column: limit for column, limit in wanted.items() if limit is not KEEP}
    service = await _limits_of_service(house, row.provider_key, row.address) or Limits()
    problems = [
        Problem(ProblemCode.INVALID, message, (_in_camel_case(column),))
        for column, limit in changes.items()
        if (message := why_not_limit(limit, getattr(service, column)))
    ]
    if problems:
        raise Refused(*problems)
    await _changed(house, row, changes, f"Changed the limits of {row.address}", by=by)


async def set_bounce_reading(
    house: House, account_id: UUID, *, enabled: bool, expected_version: int | None = None, by: Actor
) -> None:
    """Raises Refused where there is no incoming server to read from."""
    row = await managed(account_id, expected_version, by=by)
    if enabled and row.incoming is None:
        message = "This account has no incoming server to read bounces from; test and save it with one first."
        raise Refused(Problem(ProblemCode.INVALID, message, ("enabled",)))
    summary = f"{'Began' if enabled else 'Stopped'} reading the mail of {row.address} for bounces"
    await _changed(house, row, {"reads_bounces": enabled}, summary, by=by)


async def usages(company_id: UUID, account_ids: Sequence[UUID]) -> dict[UUID, Usage]:
    """Two statements for any number of accounts."""
    midnight = datetime.combine(now().date(), time(), UTC)
    sent = await _counts(
        company_id, account_ids, "finished_at >= {} AND status IN ('SENT', 'PARTLY_SENT')", midnight
    )
    queued = await _counts(company_id, account_ids, "finished_at IS NULL AND next_attempt_at IS NOT NULL")
    return {one: Usage(sent_today=sent.get(one, 0), queued=queued.get(one, 0)) for one in account_ids}


async def limits_of(house: House, account: Account) -> Limits | None:
    """The stricter of the service's limits and the account's own."""
    service = await _limits_of_service(house, account.provider_key, account.address)
    return narrowed(service, account.messages_per_minute, account.messages_per_day)


async def _limits_of_service(house: House, provider_key: str, address: str) -> Limits | None:
    provider = house.catalogue.provider(provider_key)
    return await house.catalogue.limits(provider, address) if provider else None


async def _changed(
    house: House, row: models.EmailAccount, changes: dict[str, Any], summary: str, *, by: Actor
) -> None:
    async with transaction():
        await write(row, changes)
        await record(
            Action.ACCOUNT_SAVED,
            summary,
            by=by,
            subject=Subject("EmailAccount", row.id),
            changes={field: (text(getattr(row, field)), text(changes[field])) for field in changes},
        )
    house.news.changed(by.company_id)


async def _counts(
    company_id: UUID, account_ids: Sequence[UUID], condition: str, *values: Any
) -> dict[UUID, int]:
    where = Where()
    where.add("company_id = {}", company_id)
    where.add(condition, *values)
    where.among("account_id", list(account_ids))
    rows = await select(
        f"SELECT account_id, COUNT(*) AS messages FROM message WHERE {where} GROUP BY account_id",
        *where.values,
    )
    return {as_id(row["account_id"]): row["messages"] for row in rows}


def _in_camel_case(column: str) -> str:
    first, *others = column.split("_")
    return first + "".join(word.title() for word in others)
