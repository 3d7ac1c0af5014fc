"""Lists of different rows in one statement: a round trip and a plan for all that a page asks for."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson

from letterhead.store.database import is_postgres, select

Values = tuple[Any, ...]


class Kind(StrEnum):
    """Of a column: what PostgreSQL calls it, which has to be the same in every part of a union."""

    ID = "uuid"
    TEXT = "text"
    INSTANT = "timestamptz"
    NUMBER = "integer"


@dataclass(frozen=True, kw_only=True)
class _Part:
    columns: Mapping[str, Kind]
    sql: str
    place: str
    read: Callable[[Sequence[Values]], Any]


class Together:
    """``add`` each list, with what is to be made of its rows; ``read`` all of them at once, in that order."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._values: list[Any] = []

    def value(self, value: Any) -> str:
        """The name of a parameter; the same one for the same value."""
        for number, known in enumerate(self._values):
            if type(known) is type(value) and known == value:
                return f"${number + 1}"
        self._values.append(value)
        return f"${len(self._values)}"

    def among(self, ids: Collection[UUID]) -> str:
        """To be written after a column: that it is one of ``ids``."""
        if is_postgres():
            return f"IN (SELECT unnest({self.value(list(ids))}::uuid[]))"
        return f"IN (SELECT value FROM json_each({self.value(orjson.dumps(list(map(str, ids))).decode())}))"

    def each(self, ids: Sequence[UUID]) -> str:
        """What to select from: ``each(id, number)``, these ids with their places among them, from 0. A number
        costs less than an id to read and to look up.

        To be followed by CROSS JOIN, so that SQLite looks for each of them, and not through all.
        """
        if is_postgres():
            return f"""(SELECT id, number - 1 AS number
                FROM unnest({self.value(list(ids))}::uuid[]) WITH ORDINALITY AS given(id, number)) AS each"""
        value = self.value(orjson.dumps(list(map(str, ids))).decode())
        return f"(SELECT value AS id, key AS number FROM json_each({value})) AS each"

    def add(
        self, columns: Mapping[str, Kind], sql: str, *, place: str, read: Callable[[Sequence[Values]], Any]
    ) -> None:
        """``sql``: a statement with these columns, two at least, and the whole number ``place`` by which its
        rows go. ``read``: is given the values of each row in the order of ``columns``."""
        self._parts.append(_Part(columns=columns, sql=sql, place=place, read=read))

    async def read(self) -> list[Any]:
        if not self._parts:
            return []
        most = {kind: max(list(part.columns.values()).count(kind) for part in self._parts) for kind in Kind}
        union = " UNION ALL ".join(_laid_out(number, part, most) for number, part in enumerate(self._parts))
        found: list[list[Values]] = [[] for _ in self._parts]
        takes = [_taking(part.columns, most) for part in self._parts]
        for row in await select(f"{union} ORDER BY part, place", *self._values):
            values: Any = tuple(row.values()) if isinstance(row, dict) else row
            number = values[0]
            found[number].append(takes[number](values))
        return [part.read(rows) for part, rows in zip(self._parts, found, strict=True)]


def _laid_out(number: int, part: _Part, most: Mapping[Kind, int]) -> str:
    """The part with as many columns of each kind as any of them has."""
    shown = []
    for kind in Kind:
        names = [name for name, of in part.columns.items() if of is kind]
        padded = [*names, *[None] * (most[kind] - len(names))]
        cast = kind.value if is_postgres() or kind is Kind.NUMBER else "text"
        shown += [
            f"{f'CAST({name} AS {cast})' if name else f'CAST(NULL AS {cast})'} AS {kind.value}_{at}"
            for at, name in enumerate(padded)
        ]
    return (
        f"SELECT {number} AS part, {part.place} AS place, {', '.join(shown)} FROM ({part.sql}) part_{number}"
    )


def _taking(columns: Mapping[str, Kind], most: Mapping[Kind, int]) -> Callable[[Values], Values]:
    """A part's values, in the order of its columns, out of those of a whole row."""
    start, places = 2, dict[str, int]()
    for kind in Kind:
        names = [name for name, of in columns.items() if of is kind]
        places |= {name: start + at for at, name in enumerate(names)}
        start += most[kind]
    return itemgetter(*(places[name] for name in columns))
