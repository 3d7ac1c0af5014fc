"""Whatever is asked at a desk, answered from one statement where accounts are few, and from two elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from letterhead.senders import few, many
from letterhead.senders.deciding import conclude
from letterhead.senders.facts import Setting, setting_of
from letterhead.senders.listing import Excluded, first_candidates, first_excluded
from letterhead.senders.ranking import MANY, Desk, Values
from letterhead.senders.rows import CANDIDATES, DECIDING, EXCLUDED, IN_ORDER, part
from letterhead.senders.rules import Candidate, Resolution, Wish
from letterhead.store.database import Row, select
from letterhead.store.pages import Page


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``candidates``, ``excluded``: how many of them the first page has, if it is asked for. ``cursors``:
    whether theirs are. ``everything``: also accounts that the employee may not know of."""

    wish: Wish
    candidates: int | None = None
    excluded: int | None = None
    cursors: bool = True
    everything: bool = False

    @property
    def most_candidates(self) -> int | None:
        """One more, to know of a next page, and one for the default, which is among them once again."""
        return None if self.candidates is None else self.candidates + 2

    @property
    def most_excluded(self) -> int | None:
        return None if self.excluded is None else self.excluded + 1


@dataclass(frozen=True, kw_only=True)
class Told:
    resolution: Resolution
    candidates: Page[Candidate] | None = None
    excluded: Page[Excluded] | None = None


async def tell(desk: Desk, asked: Asked) -> Told:
    """Raises NotAnswerable (NOT_FOUND) for an employee or a project that the company does not have."""
    sql = few.statement(_shape(desk, asked), few.FEW, MANY)
    rows = await select(sql, *_values(desk, asked.wish))
    at = setting_of(rows, desk)
    if not rows[0]["few"]:
        values = Values()
        rows = await select(_among_many(at, asked, values), *values)
    parts: dict[int, list[Row]] = {0: [], DECIDING: [], CANDIDATES: [], EXCLUDED: []}
    for row in rows:
        parts[row["part"]].append(row)
    return _told(parts[DECIDING], parts[CANDIDATES], parts[EXCLUDED], at, asked)


def _told(deciding: list[Row], candidates: list[Row], excluded: list[Row], at: Setting, asked: Asked) -> Told:
    resolution = conclude(deciding, at, asked.wish)
    choices = others = None
    if asked.candidates is not None:
        choices = first_candidates(candidates, at, resolution, asked.candidates)
    if asked.excluded is not None:
        others = first_excluded(excluded, at, asked.excluded)
    return Told(resolution=resolution, candidates=choices, excluded=others)


async def setting(desk: Desk) -> Setting:
    """What later pages begin with. One statement. Raises as above."""
    wish = Wish()
    shape = _shape(desk, Asked(wish=wish))
    return setting_of(await select(few.desk(shape, MANY), *_values(desk, wish)), desk)


def _shape(desk: Desk, asked: Asked) -> few.Shape:
    wish = asked.wish
    return few.Shape(
        project=desk.project_id is not None,
        account=wish.account_id is not None,
        key=wish.key is not None,
        choice=wish.is_choice,
        candidates=asked.most_candidates,
        excluded=asked.most_excluded,
        keys=asked.cursors,
        everything=asked.everything,
    )


def _values(desk: Desk, wish: Wish) -> Sequence[Any]:
    given = (desk.company_id, desk.employee_id, desk.project_id, wish.account_id, wish.key)
    return [value for value in given if value is not None]


def _among_many(at: Setting, asked: Asked, values: Values) -> str:
    parts = [part(DECIDING, many.deciding(at, asked.wish, values))]
    if asked.most_candidates is not None:
        parts.append(part(CANDIDATES, many.candidates(at, values, asked.most_candidates)))
    if asked.most_excluded is not None:
        excluded = many.excluded(at, values, asked.most_excluded, everything=asked.everything)
        parts.append(part(EXCLUDED, excluded))
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) told {IN_ORDER}"
