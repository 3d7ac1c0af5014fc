"""Which accounts there are, as far as the asker may know."""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache, lru_cache
from itertools import repeat
from uuid import UUID

from letterhead.accounts.account import Account, Alias, Proof
from letterhead.diagnosis.stored import stored_diagnosis
from letterhead.identity.actor import Actor, Permission
from letterhead.store.database import member, select
from letterhead.store.parts import Found, Given, Kind, Part
from letterhead.store.rows import UNREAD, making
from letterhead.store.together import read
from letterhead.store.where import Where

_proof, _alias = member(Proof), making(Alias)


class Columns(StrEnum):
    """What is read of an account beside what every list shows of it."""

    SMTP = "SMTP"
    INCOMING = "INCOMING"
    CREDENTIALS = "CREDENTIALS"
    OTHERS = "OTHERS"


LISTED: tuple[str, ...] = ("id", "company_id", "employee_id", "address", "display_name", "status", "proof")
LISTED += ("access_mode", "scope_mode", "position", "version")
NAMES = {
    Columns.SMTP: ("smtp",),
    Columns.INCOMING: ("incoming",),
    Columns.CREDENTIALS: (
        *("credential_kind", "incoming_credential_kind", "credential_updated_at", "credential_expires_at"),
        *("has_secret", "has_incoming_secret"),
    ),
    Columns.OTHERS: (
        *("owner_id", "address_key", "reply_to", "provider_key", "problem", "settings_version", "test_id"),
        *("created_at", "updated_at", "messages_per_minute", "messages_per_day", "reads_bounces"),
    ),
}
COMPUTED = {
    f"has_{name}": f"CASE WHEN a.{name}_sealed IS NULL THEN 0 ELSE 1 END AS has_{name}"
    for name in ("secret", "incoming_secret")
}
ALL = frozenset(Columns)


@lru_cache
def columns(wanted: frozenset[Columns]) -> str:
    """Of a table named ``a``."""
    names = (*LISTED, *(name for one in Columns if one in wanted for name in NAMES[one]))
    return ", ".join(COMPUTED.get(name, f"a.{name}") for name in names)


COLUMNS = columns(ALL)


def sees_every_account(by: Actor) -> bool:
    """Administrators do, and services that send for others."""
    return by.may(Permission.MANAGE_COMPANY_ACCOUNTS) or by.may(Permission.SEND_FOR_OTHERS)


def visible(by: Actor) -> Where:
    """The accounts, named ``a``, that the asker may know of: own ones, and company ones open to them."""
    where = Where()
    where.add("a.company_id = {}", by.company_id)
    if sees_every_account(by):
        return where
    if by.employee_id is None:
        where.add("1 = 0")
        return where
    where.add(
        """
        a.employee_id = {0} OR (a.employee_id IS NULL AND (
            a.access_mode = 'ALL'
            OR EXISTS (SELECT 1 FROM account_employee ae
                       WHERE ae.company_id = a.company_id AND ae.account_id = a.id AND ae.employee_id = {0})
            OR EXISTS (SELECT 1 FROM account_group ag
                       JOIN group_member gm ON gm.company_id = ag.company_id AND gm.group_id = ag.group_id
                       WHERE ag.company_id = a.company_id AND ag.account_id = a.id AND gm.employee_id = {0})
        ))
        """,
        by.employee_id,
    )
    return where


async def by_ids(ids: Sequence[UUID], *, by: Actor) -> dict[UUID, Account]:
    """Those of ``ids`` that exist and that the asker may know of."""
    where = visible(by)
    where.among("a.id", list(ids))
    rows = await select(f"SELECT {COLUMNS} FROM email_account a WHERE {where}", *where.values)
    return {account.id: account for account in map(Account, rows)}


async def find(account_id: UUID, *, by: Actor) -> Account | None:
    return (await by_ids([account_id], by=by)).get(account_id)


async def aliases_of(company_id: UUID, account_ids: Sequence[UUID]) -> dict[UUID, tuple[Alias, ...]]:
    found: dict[UUID, tuple[Alias, ...]]
    [found] = await read((aliases(),), {"company": company_id, "parents": list(account_ids)})
    return found


@cache
def aliases(*, problems: bool = True) -> Part:
    """The further From addresses of the accounts ``parents``; ``problems``: whether anybody asks for them."""
    texts = ("address", "display_name", "proof", *(("problem",) if problems else ()))

    def read_them(columns: Found, given: Given) -> dict[UUID, tuple[Alias, ...]]:
        numbers, addresses, names, proofs, *more = columns
        shown = [stored_diagnosis(one) if one else None for one in more[0]] if more else repeat(UNREAD)
        found: list[list[Alias]] = [[] for _ in given["parents"]]
        rows = zip(addresses, names, map(_proof, proofs), shown, strict=False)
        for number, alias in zip(numbers, map(_alias, rows), strict=True):
            found[number].append(alias)
        return dict(zip(given["parents"], map(tuple, found), strict=True))

    return Part(
        columns={"number": Kind.NUMBER} | dict.fromkeys(texts, Kind.TEXT) | {"proof": Kind.WORD},
        sql=f"""SELECT each.number, s.position, {", ".join(f"s.{name}" for name in texts)}
            FROM {{parents.each}} CROSS JOIN sender_alias s
            WHERE s.account_id = each.id AND s.company_id = {{company}}""",
        order=("number", "position"),
        read=read_them,
    )
