"""Pages of the addresses that can be chosen at a desk, and of those that cannot, from rows of the parts."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple
from uuid import UUID

from letterhead.errors import NotAnswerable
from letterhead.senders import many
from letterhead.senders.explanations import Names, explain_exclusion
from letterhead.senders.facts import Setting
from letterhead.senders.many import Spot
from letterhead.senders.ranking import Place, Values
from letterhead.senders.rows import REASONS
from letterhead.senders.rules import ORDER, Candidate, ExclusionReason, HasId, KnownById, Resolution, Sender
from letterhead.store.database import Row, as_id, as_instant, select
from letterhead.store.pages import Page, PageRequest, page
from letterhead.store.rows import making

CANDIDATE_KEY_LENGTH = 8
EXCLUDED_KEY_LENGTH = 5
Pinned = tuple[str, str]
"""An account's id and an address's key; both empty for nothing."""


class Excluded(NamedTuple):
    """``address``: the account's, or when it is not the whole account that is meant, the alias."""

    account: HasId
    address: str
    reason: ExclusionReason
    names: Names

    @property
    def account_id(self) -> UUID:
        return self.account.id

    @property
    def alias(self) -> str | None:
        return self.address if self.reason is ExclusionReason.REFUSED_AS_SENDER else None

    @property
    def explanation(self) -> str:
        return explain_exclusion(self.reason, self.names, alias=self.alias)


_candidate, _known, _is_excluded = making(Candidate), making(KnownById), making(Excluded)


def first_candidates(rows: Sequence[Row], at: Setting, decided: Resolution, first: int) -> Page[Candidate]:
    """The default first, then the others in their order."""
    default = decided.candidate if isinstance(decided, Sender) else None
    pinned = (str(default.account_id), default.address_key) if default else ("", "")
    return _candidates(rows, at, pinned, PageRequest(first), default)


async def more_candidates(at: Setting, request: PageRequest, after: tuple[Any, ...]) -> Page[Candidate]:
    """A later page; the default is the same on every page. One statement."""
    pinned_id, pinned_key, tier, *spot = after
    begin = None if tier == -1 else _spot(tier, spot)
    values, most = Values(), request.first + 3  # for a next page, the default and the account at the spot
    rows = await select(many.candidates(at, values, most, begin), *values)
    return _candidates(rows, at, (pinned_id, pinned_key), request)


def _candidates(
    rows: Sequence[Row], at: Setting, pinned: Pinned, request: PageRequest, default: Candidate | None = None
) -> Page[Candidate]:
    """``default``: put before the others, instead of its row."""
    pinned_id, pinned_key = pinned
    listed: list[Row | None] = [None] if default else []
    listed += [row for row in rows if row["address_key"] != pinned_key or str(row["id"]) != pinned_id]
    found = page(listed, request, partial(_candidate_key, pinned))
    others = _shown_candidates([row for row in found.items if row is not None], at)
    items = (default, *others) if default else tuple(others)
    return Page(items, found.sorted_by, found.has_next, found.has_previous)


def _shown_candidates(rows: Sequence[Row], at: Setting) -> Iterator[Candidate]:
    rules = ORDER[at.policy.precedence]
    columns = (
        _accounts(rows),
        [row["address"] for row in rows],
        [row["address_key"] for row in rows],
        [row["display_name"] for row in rows],
        [rules[row["verdict"]] for row in rows],
        [bool(row["ready"]) for row in rows],
    )
    return map(_candidate, zip(*columns, strict=True))


def _accounts(rows: Sequence[Row]) -> Iterator[KnownById]:
    return map(_known, zip([as_id(row["id"]) for row in rows]))


def _candidate_key(pinned: Pinned, row: Row | None) -> tuple[Any, ...]:
    if row is None:
        return (*pinned, -1, 0, "", "", -1, "")
    return (*pinned, row["verdict"], *_key(row))


def _key(row: Row) -> tuple[Any, ...]:
    alias = (-1, "") if row["alias_position"] < 0 else (row["alias_position"], row["address_key"])
    return (row["position"], as_instant(row["created_at"]).isoformat(), str(row["id"]), *alias)


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
    found = page(rows, request, _key)
    addresses = [row["address"] for row in found.items]
    reasons = [REASONS[row["verdict"]] for row in found.items]
    shown = map(_is_excluded, zip(_accounts(found.items), addresses, reasons, repeat(at.names), strict=False))
    return Page(tuple(shown), found.sorted_by, found.has_next, found.has_previous)


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
