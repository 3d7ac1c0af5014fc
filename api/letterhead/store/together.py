"""Lists of different rows in one statement: a round trip and a plan for all that a page asks for.

PostgreSQL answers with one row for each list, of arrays: they cost a third of what as many rows do to send
and to read.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from letterhead.store.database import is_postgres, select

Values = tuple[Any, ...]


class Kind:
    """Of a column: what PostgreSQL calls it, which has to be the same in every part of a union."""

    ID: Final = "uuid"
    TEXT: Final = "text"
    INSTANT: Final = "timestamptz"
    NUMBER: Final = "integer"


KINDS = (Kind.ID, Kind.TEXT, Kind.INSTANT, Kind.NUMBER)
Columns = Mapping[str, str]
"""Of a statement, each with its kind."""


class _Text(NamedTuple):
    """What is written of a part."""

    columns: tuple[tuple[str, str], ...]
    sql: str
    place: str


class Together:
    """``add`` each list, with what is to be made of its rows; ``read`` all of them at once, in that order."""

    def __init__(self) -> None:
        self.on_postgres = is_postgres()
        self._texts: list[_Text] = []
        self._reads: list[Callable[[Iterable[Values]], Any]] = []
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
        if self.on_postgres:
            return f"IN (SELECT unnest({self.value(list(ids))}::uuid[]))"
        return f"IN (SELECT value FROM json_each({self.value(orjson.dumps(list(map(str, ids))).decode())}))"

    def each(self, ids: Sequence[UUID]) -> str:
        """What to select from: ``each(id, number)``, these ids with their places among them, from 0. A number
        costs less than an id to read and to look up.

        To be followed by CROSS JOIN, so that SQLite looks for each of them, and not through all.
        """
        if self.on_postgres:
            return f"""(SELECT id, number - 1 AS number
                FROM unnest({self.value(ids)}::uuid[]) WITH ORDINALITY AS given(id, number)) AS each"""
        value = self.value(orjson.dumps(list(map(str, ids))).decode())
        return f"(SELECT value AS id, key AS number FROM json_each({value})) AS each"

    def add(self, columns: Columns, sql: str, *, place: str, read: Callable[[Iterable[Values]], Any]) -> None:
        """``sql``: a statement with these columns, two at least, and the whole number ``place`` by which its
        rows go. ``read``: is given the values of each row in the order of ``columns``, once."""
        self._texts.append(_Text(tuple(columns.items()), sql, place))
        self._reads.append(read)

    async def read(self) -> list[Any]:
        if not self._texts:
            return []
        statement, takes = _united(tuple(self._texts), in_arrays=self.on_postgres)
        rows = await select(statement, *self._values)
        found = _unpacked(rows, takes) if self.on_postgres else _sorted(rows, takes)
        return [read(rows) for read, rows in zip(self._reads, found, strict=True)]


Take = Callable[[Any], Values]


def _unpacked(rows: Iterable[Any], takes: Sequence[Take]) -> Sequence[Iterable[Values]]:
    """Of one row for each part, with an array for each column."""
    found: list[Iterable[Values]] = [()] * len(takes)
    for row in rows:
        values = _values(row)
        number = values[0]
        arrays = takes[number](values)
        if arrays[0]:
            found[number] = zip(*arrays, strict=True)
    return found


def _sorted(rows: Iterable[Any], takes: Sequence[Take]) -> Sequence[Iterable[Values]]:
    found: list[list[Values]] = [[] for _ in takes]
    for row in rows:
        values = _values(row)
        number = values[0]
        found[number].append(takes[number](values))
    return found


def _values(row: Any) -> Any:
    """To be known by place: in a transaction rows are known by name alone."""
    return tuple(row.values()) if type(row) is dict else row


@lru_cache(maxsize=500)
def _united(parts: tuple[_Text, ...], *, in_arrays: bool) -> tuple[str, list[Take]]:
    """The statement, and for each part what takes its values, in its order, out of a whole row."""
    kinds = [[kind for _, kind in columns] for columns, _, _ in parts]
    most = {kind: max(each.count(kind) for each in kinds) for kind in KINDS}
    layout = _arrays if in_arrays else _rows
    union = " UNION ALL ".join(layout(number, part, most) for number, part in enumerate(parts))
    return union if in_arrays else f"{union} ORDER BY part, place", [
        _taking(columns, most, start=1 if in_arrays else 2) for columns, _, _ in parts
    ]


def _padded(columns: Sequence[tuple[str, str]], most: Mapping[str, int]) -> list[tuple[str | None, str]]:
    """As many columns of each kind as any of the parts has, None for those that this one has not."""
    padded: list[tuple[str | None, str]] = []
    for kind in KINDS:
        names = [name for name, of in columns if of is kind]
        padded += [(name, kind) for name in (*names, *[None] * (most[kind] - len(names)))]
    return padded


def _arrays(number: int, part: _Text, most: Mapping[str, int]) -> str:
    columns, sql, place = part
    shown = [
        f"{f'array_agg(CAST({name} AS {kind}))' if name else f'CAST(NULL AS {kind}[])'} AS column_{at}"
        for at, (name, kind) in enumerate(_padded(columns, most))
    ]
    ordered = f"SELECT * FROM ({sql}) part_{number} ORDER BY {place} + 0"
    return f"SELECT {number} AS part, {', '.join(shown)} FROM ({ordered}) ordered_{number}"


def _rows(number: int, part: _Text, most: Mapping[str, int]) -> str:
    columns, sql, place = part
    shown = [
        f"CAST({name or 'NULL'} AS {kind if kind is Kind.NUMBER else 'text'}) AS column_{at}"
        for at, (name, kind) in enumerate(_padded(columns, most))
    ]
    return f"SELECT {number} AS part, {place} AS place, {', '.join(shown)} FROM ({sql}) part_{number}"


def _taking(columns: Sequence[tuple[str, str]], most: Mapping[str, int], *, start: int) -> Take:
    places = {name: start + at for at, (name, _) in enumerate(_padded(columns, most)) if name}
    return itemgetter(*(places[name] for name, _ in columns))
