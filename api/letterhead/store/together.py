"""Lists of different rows in one statement: a round trip and a plan for all that a page asks for.

PostgreSQL answers with one row for each list, of arrays: they cost a third of what as many rows do to send
and to read.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
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
    read: Callable[[Iterable[Values]], Any]

    @property
    def text(self) -> "_Text":
        return tuple(self.columns.items()), self.sql, self.place


_Text = tuple[tuple[tuple[str, Kind], ...], str, str]
"""The columns, the statement and the place of a part."""


class Together:
    """``add`` each list, with what is to be made of its rows; ``read`` all of them at once, in that order."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._values: list[Any] = []

    def value(self, value: Any) -> str:
        """The name of a parameter; the same one for the same value."""
        for number, known in enumerate(self._values):
            if known is value or (type(known) is type(value) and known == value):
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
                FROM unnest({self.value(ids)}::uuid[]) WITH ORDINALITY AS given(id, number)) AS each"""
        value = self.value(orjson.dumps(list(map(str, ids))).decode())
        return f"(SELECT value AS id, key AS number FROM json_each({value})) AS each"

    def add(
        self, columns: Mapping[str, Kind], sql: str, *, place: str, read: Callable[[Iterable[Values]], Any]
    ) -> None:
        """``sql``: a statement with these columns, two at least, and the whole number ``place`` by which its
        rows go. ``read``: is given the values of each row in the order of ``columns``, once."""
        self._parts.append(_Part(columns=columns, sql=sql, place=place, read=read))

    async def read(self) -> list[Any]:
        if not self._parts:
            return []
        statement, takes = _united(tuple(part.text for part in self._parts), in_arrays=is_postgres())
        rows: Any = await select(statement, *self._values)
        found: list[Iterable[Values]] = [()] * len(self._parts)
        if is_postgres():
            for row in rows:
                number = row[0]
                arrays = takes[number](row)
                found[number] = zip(*arrays, strict=True) if arrays[0] else ()
        else:
            lists: list[list[Values]] = [[] for _ in self._parts]
            for row in rows:
                values: Any = tuple(row.values()) if isinstance(row, dict) else row
                number = values[0]
                lists[number].append(takes[number](values))
            found = [*lists]
        return [part.read(rows) for part, rows in zip(self._parts, found, strict=True)]


@lru_cache(maxsize=500)
def _united(parts: tuple[_Text, ...], *, in_arrays: bool) -> tuple[str, list[Callable[[Any], Values]]]:
    """The statement, and for each part what takes its values, in its order, out of a whole row."""
    kinds = [[kind for _, kind in columns] for columns, _, _ in parts]
    most = {kind: max(each.count(kind) for each in kinds) for kind in Kind}
    layout = _arrays if in_arrays else _rows
    union = " UNION ALL ".join(layout(number, part, most) for number, part in enumerate(parts))
    return union if in_arrays else f"{union} ORDER BY part, place", [
        _taking(columns, most, start=1 if in_arrays else 2) for columns, _, _ in parts
    ]


def _padded(columns: Sequence[tuple[str, Kind]], most: Mapping[Kind, int]) -> list[tuple[str | None, Kind]]:
    """As many columns of each kind as any of the parts has, None for those that this one has not."""
    padded: list[tuple[str | None, Kind]] = []
    for kind in Kind:
        names = [name for name, of in columns if of is kind]
        padded += [(name, kind) for name in (*names, *[None] * (most[kind] - len(names)))]
    return padded


def _arrays(number: int, part: _Text, most: Mapping[Kind, int]) -> str:
    columns, sql, place = part
    shown = [
        f"array_agg(CAST({name} AS {kind.value}))" if name else f"CAST(NULL AS {kind.value}[])"
        for name, kind in _padded(columns, most)
    ]
    ordered = f"SELECT * FROM ({sql}) part_{number} ORDER BY {place} + 0"
    return f"SELECT {number} AS part, {', '.join(shown)} FROM ({ordered}) ordered_{number}"


def _rows(number: int, part: _Text, most: Mapping[Kind, int]) -> str:
    columns, sql, place = part
    shown = [
        f"CAST({name or 'NULL'} AS {kind.value if kind is Kind.NUMBER else 'text'})"
        for name, kind in _padded(columns, most)
    ]
    return f"SELECT {number} AS part, {place} AS place, {', '.join(shown)} FROM ({sql}) part_{number}"


def _taking(
    columns: Sequence[tuple[str, Kind]], most: Mapping[Kind, int], *, start: int
) -> Callable[[Any], Values]:
    places = {name: start + at for at, (name, _) in enumerate(_padded(columns, most)) if name}
    return itemgetter(*(places[name] for name, _ in columns))
