"""Which addresses can be chosen at a desk, and which cannot and why, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

from letterhead.errors import NotAnswerable
from letterhead.senders.deciding import conclude
from letterhead.senders.explanations import explain_exclusion
from letterhead.senders.facts import (
    ALIAS_COLUMNS,
    NO_ALIAS,
    Setting,
    account_in_line,
    account_of,
    alias_of,
    deciding,
)
from letterhead.senders.ranking import COLUMNS, Place, Values, is_linked, line, may_use
from letterhead.senders.rules import (
    AccountFacts,
    Candidate,
    ExclusionReason,
    Sender,
    Wish,
    exclusion,
    rule_of,
)
from letterhead.store.database import Row, as_id, as_instant, select
from letterhead.store.pages import Page, PageRequest, page

CANDIDATE_KEY_LENGTH = 8
EXCLUDED_KEY_LENGTH = 5
ALIAS_ORDER = "COALESCE(s.position, -1), COALESCE(s.address_key, '')"


@dataclass(frozen=True, kw_only=True)
class Excluded:
    """``alias``: the address of the account that is meant, when it is not the account as a whole."""

    account: AccountFacts
    alias: str | None
    reason: ExclusionReason
    explanation: str

    @property
    def account_id(self) -> UUID:
        return self.account.id


@dataclass(frozen=True, kw_only=True)
class _Listed:
    candidate: Candidate
    key: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class _Spot:
    """A place among addresses: an account's, then its own address (-1) or an alias by position and key."""

    place: Place
    alias_position: int
    alias_key: str


async def list_candidates(at: Setting, wish: Wish, request: PageRequest) -> Page[Candidate]:
    """The default first, then the others in their order; the default is the same on every page."""
    values, most = Values(), request.first + 2  # one to know of a next page, one for the default among them
    if request.after is None:
        sql = f"""SELECT 0 AS part, d.* FROM ({deciding(at, wish, values)}) d
            UNION ALL SELECT 1 AS part, c.* FROM ({_candidates(at, values, most, None)}) c"""
        rows = await select(f"{sql} ORDER BY part, {_order()}", *values)
        resolution = conclude([row for row in rows if row["part"] == 0], at, wish)
        default = resolution if isinstance(resolution, Sender) else None
        pinned = (str(default.account_id), default.address_key) if default else ("", "")
        rows = [row for row in rows if row["part"] == 1]
        listed = [_Listed(candidate=default, key=(*pinned, -1, 0, "", "", -1, ""))] if default else []
    else:
        pinned, spot = _resume(request.after)
        rows = await select(_candidates(at, values, most, spot), *values)
        listed = []
    others = (_listed(row, at, pinned) for row in rows)
    listed += [
        other for other in others if (str(other.candidate.account_id), other.candidate.address_key) != pinned
    ]
    found = page(listed, request, lambda item: item.key)
    return Page(
        tuple(item.candidate for item in found.items), found.cursors, found.has_next, found.has_previous
    )


def _order() -> str:
    return "tier, position, created_at, id, alias_position, alias_key"


def _candidates(at: Setting, values: Values, most: int, spot: _Spot | None) -> str:
    """Accounts in line, each with its own address and those of its aliases that are not refused."""
    company = values(at.desk.company_id)
    since = spot.place if spot else None
    accounts = line(at.desk, at.policy.precedence, values, limit=most + 1, since=since)
    seen = ""
    if spot:
        seen = f"""WHERE NOT (id = {values(spot.place.id)} AND (alias_position, alias_key)
            <= ({values(spot.alias_position)}, {values(spot.alias_key)}))"""
    return f"""WITH accounts AS ({accounts})
        SELECT * FROM (
            SELECT r.*, {NO_ALIAS} FROM accounts r
            UNION ALL
            SELECT r.*, {ALIAS_COLUMNS} FROM accounts r JOIN sender_alias s
                ON s.company_id = {company} AND s.account_id = r.id AND s.proof <> 'REFUSED'
        ) addresses {seen} ORDER BY {_order()} LIMIT {most}"""


def _listed(row: Row, at: Setting, pinned: tuple[str, str]) -> _Listed:
    account = account_in_line(row, at.desk)
    place = (row["tier"], row["position"], account.created_at.isoformat(), str(account.id))
    return _Listed(
        candidate=Candidate(account=account, alias=alias_of(row), rule=rule_of(account)),
        key=(*pinned, *place, row["alias_position"], row["alias_key"]),
    )


def _resume(after: tuple[Any, ...]) -> tuple[tuple[str, str], _Spot | None]:
    pinned_id, pinned_key, tier, *spot = after
    return (pinned_id, pinned_key), None if tier == -1 else _spot(tier, spot)


def _spot(tier: int, spot: Sequence[Any]) -> _Spot:
    try:
        position, created_at, account_id, alias_position, alias_key = spot
        at = as_instant(created_at).astimezone(UTC)
        place = Place(tier=int(tier), position=_number(position), created_at=at, id=as_id(account_id))
        return _Spot(place=place, alias_position=_number(alias_position), alias_key=_text(alias_key))
    except (AttributeError, OverflowError, TypeError, ValueError):
        raise NotAnswerable(
            "BAD_INPUT", "after is not a cursor of this list.", "Take it from pageInfo.endCursor or an edge."
        ) from None


def _text(part: Any) -> str:
    if not (isinstance(part, str) and part.isprintable()):
        raise ValueError("not a key")
    return part


def _number(part: Any) -> int:
    """Of the size that a column holds."""
    return int.from_bytes(int(part).to_bytes(4, signed=True), signed=True)


async def list_excluded(at: Setting, request: PageRequest, *, everything: bool) -> Page[Excluded]:
    """Accounts that cannot be written from, and refused aliases of those that can.

    ``everything``: also accounts that the employee may not know of.
    """
    values = Values()
    spot = _spot(0, request.after) if request.after else None
    rows = await select(_excluded(at, values, request.first + 1, spot, everything=everything), *values)
    found = page(rows, request, _excluded_key)
    return Page(
        tuple(_excluded_from(row, at) for row in found.items),
        found.cursors,
        found.has_next,
        found.has_previous,
    )


def _excluded(at: Setting, values: Values, most: int, spot: _Spot | None, *, everything: bool) -> str:
    desk = at.desk
    company, employee = values(desk.company_id), values(desk.employee_id)
    accounts, aliases = [f"a.company_id = {company}"], "1 = 1"
    if not everything:
        accounts.append(f"(a.owner_id = {employee} OR (a.owner_id = {company} AND {may_use(desk, values)}))")
    if spot:
        place = f"{values(spot.place.position)}, {values(spot.place.created_at)}, {values(spot.place.id)}"
        accounts.append(f"(a.position, a.created_at, a.id) >= ({place})")
        alias = f"{values(spot.alias_position)}, {values(spot.alias_key)}"
        aliases = f"NOT (f.id = {values(spot.place.id)} AND ({ALIAS_ORDER}) <= ({alias}))"
    available = f"""(f.status <> 'DISABLED' AND (f.scope_mode = 'ALL' OR f.linked = 1)
        AND (f.owner_id = {employee} OR (f.owner_id = {company} AND f.accessible = 1)))"""
    return f"""SELECT f.*, {ALIAS_COLUMNS} FROM (
            SELECT {COLUMNS},
                CASE WHEN {may_use(desk, values)} THEN 1 ELSE 0 END AS accessible,
                CASE WHEN {is_linked(desk, values)} THEN 1 ELSE 0 END AS linked
            FROM email_account a WHERE {" AND ".join(accounts)}
        ) f LEFT JOIN sender_alias s
            ON s.company_id = {company} AND s.account_id = f.id AND s.proof = 'REFUSED' AND {available}
        WHERE (NOT {available} OR s.id IS NOT NULL) AND {aliases}
        ORDER BY f.position, f.created_at, f.id, {ALIAS_ORDER}
        LIMIT {most}"""


def _excluded_key(row: Row) -> tuple[Any, ...]:
    at = as_instant(row["created_at"]).isoformat()
    alias = (-1, "") if row["alias_key"] is None else (row["alias_position"], row["alias_key"])
    return (row["position"], at, str(row["id"]), *alias)


def _excluded_from(row: Row, at: Setting) -> Excluded:
    account = account_of(row, at.desk, accessible=bool(row["accessible"]), linked=bool(row["linked"]))
    alias, reason = alias_of(row), exclusion(account) or ExclusionReason.REFUSED_AS_SENDER
    address = alias.address if alias else None
    return Excluded(
        account=account,
        alias=address,
        reason=reason,
        explanation=explain_exclusion(reason, at.names, alias=address),
    )
