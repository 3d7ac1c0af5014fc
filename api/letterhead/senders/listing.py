"""Pages of the addresses that can be chosen at a desk, and of those that cannot, from rows of the parts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from letterhead.errors import NotAnswerable
from letterhead.senders import many
from letterhead.senders.explanations import Names, explain_exclusion
from letterhead.senders.facts import Setting, account_in_line, alias_of, owner_of
from letterhead.senders.many import Spot
from letterhead.senders.ranking import Place, Values
from letterhead.senders.rules import (
    ORDER,
    Candidate,
    ExclusionReason,
    Precedence,
    Resolution,
    Sender,
    exclusion_because,
    rule_of,
)
from letterhead.store.database import Row, as_id, as_instant, select
from letterhead.store.pages import Page, PageRequest, page, shown

CANDIDATE_KEY_LENGTH = 8
EXCLUDED_KEY_LENGTH = 5
Pinned = tuple[str, str]
"""An account's id and an address's key; both empty for nothing."""


class Excluded(NamedTuple):
    """``address``: the account's. ``alias``: the address that is meant, when it is not the whole account."""

    account_id: UUID
    address: str
    alias: str | None
    reason: ExclusionReason
    names: Names

    @property
    def explanation(self) -> str:
        return explain_exclusion(self.reason, self.names, alias=self.alias)


def first_candidates(rows: Iterable[Row], at: Setting, decided: Resolution, first: int) -> Page[Candidate]:
    """The default first, then the others in their order."""
    default = decided if isinstance(decided, Sender) else None
    pinned = (str(default.account_id), default.address_key) if default else ("", "")
    return _candidates([default] if default else [], rows, at, pinned, PageRequest(first))


async def more_candidates(at: Setting, request: PageRequest, after: tuple[Any, ...]) -> Page[Candidate]:
    """A later page; the default is the same on every page. One statement."""
    pinned_id, pinned_key, tier, *spot = after
    begin = None if tier == -1 else _spot(tier, spot)
    values, most = Values(), request.first + 3  # for a next page, the default and the account at the spot
    rows = await select(many.candidates(at, values, most, begin), *values)
    since = begin.place.id if begin else None
    return _candidates([], rows, at, (pinned_id, pinned_key), request, after=since)


def _candidates(
    listed: list[Candidate],
    rows: Iterable[Row],
    at: Setting,
    pinned: Pinned,
    request: PageRequest,
    *,
    after: UUID | None = None,
) -> Page[Candidate]:
    listed += [
        one
        for one in _addresses(rows, at, after)
        if one.address_key != pinned[1] or str(one.account_id) != pinned[0]
    ]
    return page(listed, request, partial(_candidate_key, pinned, at.policy.precedence))


def _addresses(rows: Iterable[Row], at: Setting, after: UUID | None) -> Iterator[Candidate]:
    """Of each account its own address and its aliases. That of the account ``after`` was on a former page."""
    account, rule = None, None
    for row in rows:
        account_id = as_id(row["id"])
        if account is None or rule is None or account_id != account.id:
            account = account_in_line(row, at.desk)
            rule = rule_of(account)
            if account_id != after:
                yield Candidate(account=account, rule=rule)
        alias = alias_of(row)
        if alias:
            yield Candidate(account=account, alias=alias, rule=rule)


def _candidate_key(pinned: Pinned, precedence: Precedence, one: Candidate) -> tuple[Any, ...]:
    if isinstance(one, Sender):
        return (*pinned, -1, 0, "", "", -1, "")
    account, alias = one.account, one.alias
    place = (ORDER[precedence].index(one.rule), account.position, account.created_at.isoformat(), account.id)
    return (*pinned, *place, *((alias.position, alias.address_key) if alias else (-1, "")))


def first_excluded(rows: Sequence[Row], at: Setting, first: int) -> Page[Excluded]:
    """Accounts that cannot be written from, and refused aliases of those that can."""
    return _excluded(rows, at, PageRequest(first))


async def more_excluded(
    at: Setting, request: PageRequest, after: tuple[Any, ...], *, everything: bool
) -> Page[Excluded]:
    """A later page. One statement."""
    values, spot = Values(), _spot(0, after)
    sql = many.excluded(at, values, request.first + 1, spot, everything=everything)
    return _excluded(await select(sql, *values), at, request)


def _excluded(rows: Sequence[Row], at: Setting, request: PageRequest) -> Page[Excluded]:
    return shown(page(rows, request, _excluded_key), lambda row: _excluded_from(row, at))


def _excluded_key(row: Row) -> tuple[Any, ...]:
    at = as_instant(row["created_at"]).isoformat()
    alias = (-1, "") if row["alias_key"] is None else (row["alias_position"], row["alias_key"])
    return (row["position"], at, str(row["id"]), *alias)


def _excluded_from(row: Row, at: Setting) -> Excluded:
    reason = exclusion_because(
        disabled=row["status"] == "DISABLED",
        owner=owner_of(row, at.desk),
        accessible=bool(row["accessible"]),
        here=row["scope_mode"] == "ALL" or bool(row["linked"]),
    )
    return Excluded(
        account_id=as_id(row["id"]),
        address=row["address"],
        alias=row["alias_address"],
        reason=reason or ExclusionReason.REFUSED_AS_SENDER,
        names=at.names,
    )


def _spot(tier: int, spot: Sequence[Any]) -> Spot:
    try:
        position, created_at, account_id, alias_position, alias_key = spot
        at = as_instant(created_at).astimezone(UTC)
        place = Place(tier=int(tier), position=_number(position), created_at=at, id=as_id(account_id))
        return Spot(place=place, alias_position=_number(alias_position), alias_key=_text(alias_key))
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
