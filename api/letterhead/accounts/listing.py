"""Pages of accounts, as far as the asker may know of them, with what belongs to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import repeat
from typing import Any
from uuid import UUID

from letterhead.accounts.account import Account, Status
from letterhead.accounts.reading import ALL, LISTED, NAMES, Columns, columns, visible
from letterhead.identity.actor import Actor
from letterhead.store.database import as_id, select
from letterhead.store.pages import Page, PageRequest, instant, number, page, read_key, shown, text
from letterhead.store.parts import Given, Kind, Part, Source
from letterhead.store.rows import rows_of
from letterhead.store.together import found, made
from letterhead.store.where import Where, escape_like


class Level(StrEnum):
    COMPANY = "COMPANY"
    EMPLOYEE = "EMPLOYEE"


class OrderField(StrEnum):
    POSITION = "POSITION"
    ADDRESS = "ADDRESS"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


class Direction(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, kw_only=True)
class AccountFilter:
    search: str | None = None
    status: tuple[Status, ...] | None = None
    level: Level | None = None
    owner_id: UUID | None = None
    project_id: UUID | None = None
    provider_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class AccountOrder:
    field: OrderField = OrderField.POSITION
    direction: Direction = Direction.ASC


SORT_KEYS: dict[OrderField, tuple[str, ...]] = {
    OrderField.POSITION: ("position", "created_at", "id"),
    OrderField.ADDRESS: ("address_key", "id"),
    OrderField.CREATED_AT: ("created_at", "id"),
    OrderField.UPDATED_AT: ("updated_at", "id"),
}
READERS = {
    "position": number,
    "address_key": text,
    "created_at": instant,
    "updated_at": instant,
    "id": as_id,
}


async def accounts(
    wanted: AccountFilter,
    order: AccountOrder,
    request: PageRequest,
    *,
    by: Actor,
    only: frozenset[Columns] = ALL,
) -> Page[Account]:
    """``only``: what is read; a cursor takes ``OTHERS``."""
    where, keys = _narrowed(wanted, order, request, by=by), SORT_KEYS[order.field]
    ordering = ", ".join(f"a.{key} {order.direction}" for key in keys)
    rows = await select(
        f"""SELECT {columns(only)} FROM email_account a
            WHERE {where} ORDER BY {ordering} LIMIT {request.first + 1}""",
        *where.values,
    )
    return _page(rows, request, keys)


async def accounts_with(
    parts: tuple[Part, ...],
    wanted: AccountFilter,
    order: AccountOrder,
    request: PageRequest,
    *,
    given: Given,
    by: Actor,
    only: frozenset[Columns] = ALL,
) -> tuple[Page[Account], list[Any]]:
    """The same, and what the parts make of what belongs to the accounts ``parents``, or of the ``employees``
    whose they are, all of it found by one statement."""
    where, keys = _narrowed(wanted, order, request, by=by), SORT_KEYS[order.field]
    own = _of_page(only)
    names = (*own.columns, "company_id")
    more = "".join(f", a.{key}" for key in keys if key not in own.columns)
    ordering = ", ".join(f"{key} {order.direction}" for key in keys)
    source = Source(
        sql=f"""SELECT {columns(only)}{more} FROM email_account a
            WHERE {where} ORDER BY {ordering} LIMIT {request.first + 1}""",
        values=where.values,
        order=ordering,
        most=request.first,
        lists=LISTS,
    )
    listed, *others = await found((own, *parts), given, source)
    rows = list(rows_of(names, (*listed, repeat(by.company_id))))
    shown_page = _page(rows, request, keys)
    known = {**given, "parents": [account.id for account in shown_page.items]}
    return shown_page, await made(parts, others, known)


LISTS = {"parents": "id", "employees": "employee_id"}
NUMBERS: tuple[str, ...] = ("position", "version", "has_secret", "has_incoming_secret", "settings_version")
NUMBERS += ("messages_per_minute", "messages_per_day", "reads_bounces")
INSTANTS = ("credential_updated_at", "credential_expires_at", "created_at", "updated_at")
WORDS: tuple[str, ...] = (
    "id",
    "employee_id",
    "owner_id",
    "test_id",
    "status",
    "proof",
    "access_mode",
    "scope_mode",
)
WORDS += ("credential_kind", "incoming_credential_kind")
KINDS: Mapping[str, str] = (
    dict.fromkeys(NUMBERS, Kind.NUMBER)
    | dict.fromkeys(INSTANTS, Kind.INSTANT)
    | dict.fromkeys(WORDS, Kind.WORD)
)


@cache
def _of_page(only: frozenset[Columns]) -> Part:
    """The rows of the page itself, but for the company, which is the asker's."""
    names = (*LISTED, *(name for one in Columns if one in only for name in NAMES[one]))
    return Part(
        columns={name: KINDS.get(name, Kind.TEXT) for name in names if name != "company_id"},
        sql="SELECT * FROM page",
        order=("number",),
        read=lambda columns, _: columns,
    )


def _narrowed(wanted: AccountFilter, order: AccountOrder, request: PageRequest, *, by: Actor) -> Where:
    where, keys = visible(by), SORT_KEYS[order.field]
    _narrow(where, wanted)
    if request.after is not None:
        after = read_key(request.after, *(READERS[key] for key in keys))
        key, holes = ", ".join(f"a.{key}" for key in keys), ", ".join("{}" for _ in keys)
        sign = ">" if order.direction is Direction.ASC else "<"
        where.add(f"({key}) {sign} ({holes})", *after)
    return where


def _page(rows: Sequence[Mapping[str, Any]], request: PageRequest, keys: Sequence[str]) -> Page[Account]:
    return shown(page(rows, request, lambda row: [_key_part(row[key]) for key in keys]), Account)


def _narrow(where: Where, wanted: AccountFilter) -> None:
    if wanted.search:
        like = f"%{escape_like(wanted.search.lower())}%"
        where.add(
            "a.address_key LIKE {0} ESCAPE '!' OR LOWER(COALESCE(a.display_name, '')) LIKE {0} ESCAPE '!'",
            like,
        )
    if wanted.status is not None:
        where.among("a.status", [status.value for status in wanted.status])
    if wanted.level is not None:
        where.add("a.employee_id IS NULL" if wanted.level is Level.COMPANY else "a.employee_id IS NOT NULL")
    if wanted.owner_id is not None:
        where.add("a.owner_id = {}", wanted.owner_id)
    if wanted.provider_key is not None:
        where.add("a.provider_key = {}", wanted.provider_key)
    if wanted.project_id is not None:
        where.add(
            """a.scope_mode = 'ALL' OR EXISTS (SELECT 1 FROM account_project ap
               WHERE ap.company_id = a.company_id AND ap.account_id = a.id AND ap.project_id = {})""",
            wanted.project_id,
        )


def _key_part(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
