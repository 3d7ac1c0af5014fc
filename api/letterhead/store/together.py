"""Lists of different rows in one statement: a round trip and a plan for all that a page asks for.

PostgreSQL answers with one row for each list, of arrays: they cost a third of what as many rows do to send
and to read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from string import Formatter
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from letterhead.store.database import is_postgres, select

Given = Mapping[str, Any]
"""Values by their names: ids, texts, numbers, truth values, and lists of ids."""

Found = Sequence[Sequence[Any]]
"""The columns of what was found, each with a value for every row."""


class Kind:
    """Of a column: what PostgreSQL calls it, which has to be the same in every part of a union."""

    ID: Final = "uuid"
    TEXT: Final = "text"
    INSTANT: Final = "timestamptz"
    NUMBER: Final = "integer"


KINDS = (Kind.ID, Kind.TEXT, Kind.INSTANT, Kind.NUMBER)


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A list. Each is to be made once and kept: statements are known by their parts.

    ``columns``: two at least, with their kinds. ``sql``: a statement with these and with ``place``, the whole
    number by which its rows go. ``{company}`` in it is the value of that name. Of a list of ids ``parents``,
    ``{parents.all}`` is what a column may be IN, and ``{parents.each}`` what to select from: ``each(id,
    number)``, these ids with their places among them, from 0, because a number costs less than an id to read
    and to look up. CROSS JOIN has to follow, so that SQLite looks for each of them, and not through all.
    ``order``: the order in which PostgreSQL finds them anyway, if it is the same by other columns.
    ``read``: what is made of the columns that were found, in their order, and of what was given.
    """

    columns: Mapping[str, str]
    sql: str
    place: str
    order: str = ""
    read: Callable[[Found, Given], Any]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows that are found by the same statement, of which the other parts find more: ``page`` to them, each
    with its ``number`` from 0.

    ``sql``: a statement with at most one row more than ``most``, to which the others pay no heed; with
    ``values`` for its parameters, from $1. ``order``: of its columns. ``lists``: by the names that parts have
    for lists of ids, the columns that hold these.
    """

    sql: str
    values: Sequence[Any]
    order: str
    most: int
    lists: Mapping[str, str]


async def read(parts: tuple[Part, ...], given: Given) -> list[Any]:
    """What each of the parts makes of what it finds, all of it read at once."""
    columns = await found(parts, given)
    return [part.read(own, given) for part, own in zip(parts, columns, strict=True)]


async def found(parts: tuple[Part, ...], given: Given, source: Source | None = None) -> Sequence[Found]:
    """The columns of each of the parts."""
    if not parts:
        return ()
    on_postgres = is_postgres()
    lists = _Lists(source.most, tuple(source.lists.items()), len(source.values)) if source else NO_LISTS
    statement = _statement(parts, lists, on_postgres=on_postgres)
    values = [given[name] for name in statement.names]
    if not on_postgres:
        values = [_listed(value) if type(value) is list else value for value in values]
    sql = statement.sql
    if source:
        sql, values = f"{_page(source)} {sql}", [*source.values, *values]
    rows = await select(sql, *values)
    return _unpacked(rows, statement.takes) if on_postgres else _turned(rows, statement)


def _page(source: Source) -> str:
    numbered = f"SELECT found.*, ROW_NUMBER() OVER (ORDER BY {source.order}) - 1 AS number"
    return f"WITH page AS MATERIALIZED ({numbered} FROM ({source.sql}) found)"


def _listed(ids: Sequence[UUID]) -> str:
    return orjson.dumps(list(map(str, ids))).decode()


Take = Callable[[Sequence[Any]], Found]
PLACE = itemgetter(1)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Statement:
    """``names``: of its parameters. ``takes``: what takes a part's columns, in its order, out of the
    ``width`` of all."""

    sql: str
    names: tuple[str, ...]
    takes: tuple[Take, ...]
    width: int


def _unpacked(rows: Iterable[Any], takes: Sequence[Take]) -> Sequence[Found]:
    """Of one row for each part, with an array for each column, or null where there is nothing."""
    found: list[Found] = [()] * len(takes)
    for row in rows:
        values = _values(row)
        columns = takes[values[0]](values)
        found[values[0]] = columns if columns[0] is not None else ((),) * len(columns)
    return found


def _turned(rows: Iterable[Any], statement: _Statement) -> Sequence[Found]:
    """Of a row for each row of a part. SQLite would sort what it has mostly found in order already."""
    lists: list[list[Any]] = [[] for _ in statement.takes]
    for row in map(_values, rows):
        lists[row[0]].append(row)
    for one in lists:
        one.sort(key=PLACE)
    nothing = ((),) * statement.width
    turned = [tuple(zip(*one, strict=True)) or nothing for one in lists]
    return [take(columns) for take, columns in zip(statement.takes, turned, strict=True)]


def _values(row: Any) -> Any:
    """To be known by place: in a transaction rows are known by name alone."""
    return tuple(row.values()) if type(row) is dict else row


class _Lists(NamedTuple):
    """What a statement takes from its page, of which ``most`` rows count. ``values``: how many parameters the
    page has itself."""

    most: int
    columns: tuple[tuple[str, str], ...]
    values: int


NO_LISTS = _Lists(0, (), 0)


@dataclass(frozen=True)
class _Parameter:
    """As parts write it."""

    name: str
    on_postgres: bool

    def __str__(self) -> str:
        return self.name

    @property
    def all(self) -> str:
        if self.on_postgres:
            return f"(SELECT unnest({self}::uuid[]))"
        return f"(SELECT value FROM json_each({self}))"

    @property
    def each(self) -> str:
        if self.on_postgres:
            return f"""(SELECT id, number - 1 AS number
                FROM unnest({self}::uuid[]) WITH ORDINALITY AS given(id, number)) AS each"""
        return f"(SELECT value AS id, key AS number FROM json_each({self})) AS each"


@dataclass(frozen=True)
class _OfPage:
    """The same, of a list that is a column of the page."""

    column: str
    most: int

    @property
    def all(self) -> str:
        return f"(SELECT {self.column} FROM page WHERE number < {self.most})"

    @property
    def each(self) -> str:
        return f"(SELECT {self.column} AS id, number FROM page WHERE number < {self.most}) AS each"


@lru_cache(maxsize=500)
def _statement(parts: tuple[Part, ...], lists: _Lists, *, on_postgres: bool) -> _Statement:
    held = {name: _OfPage(column, lists.most) for name, column in lists.columns}
    names = tuple(dict.fromkeys(name for part in parts for name in _names(part.sql) if name not in held))
    parameters = {
        name: _Parameter(f"${number}", on_postgres) for number, name in enumerate(names, lists.values + 1)
    }
    kinds = [list(part.columns.values()) for part in parts]
    most = {kind: max(each.count(kind) for each in kinds) for kind in KINDS}
    layout, before = (_arrays, 1) if on_postgres else (_rows, 2)
    unions = [layout(number, part, most).format(**parameters, **held) for number, part in enumerate(parts)]
    return _Statement(
        sql=" UNION ALL ".join(unions),
        names=names,
        takes=tuple(_taking(part, most, before=before) for part in parts),
        width=before + sum(most.values()),
    )


def _names(sql: str) -> Iterator[str]:
    for _, name, _, _ in Formatter().parse(sql):
        if name is not None:
            yield name.partition(".")[0]


def _padded(part: Part, most: Mapping[str, int]) -> list[tuple[str | None, str]]:
    """As many columns of each kind as any of the parts has, None for those that this one has not."""
    padded: list[tuple[str | None, str]] = []
    for kind in KINDS:
        names = [name for name, of in part.columns.items() if of is kind]
        padded += [(name, kind) for name in (*names, *[None] * (most[kind] - len(names)))]
    return padded


def _arrays(number: int, part: Part, most: Mapping[str, int]) -> str:
    shown = [
        f"{f'array_agg(CAST({name} AS {kind}))' if name else f'CAST(NULL AS {kind}[])'} AS column_{at}"
        for at, (name, kind) in enumerate(_padded(part, most))
    ]
    ordered = f"SELECT * FROM ({part.sql}) part_{number} ORDER BY {part.order or f'{part.place} + 0'}"
    return f"SELECT {number} AS part, {', '.join(shown)} FROM ({ordered}) ordered_{number}"


def _rows(number: int, part: Part, most: Mapping[str, int]) -> str:
    shown = [
        f"CAST({name or 'NULL'} AS {kind if kind is Kind.NUMBER else 'text'}) AS column_{at}"
        for at, (name, kind) in enumerate(_padded(part, most))
    ]
    return (
        f"SELECT {number} AS part, {part.place} AS place, {', '.join(shown)} FROM ({part.sql}) part_{number}"
    )


def _taking(part: Part, most: Mapping[str, int], *, before: int) -> Take:
    """``before``: how many columns of a whole row come before those of its part."""
    places = {name: at for at, (name, _) in enumerate(_padded(part, most), before) if name}
    return itemgetter(*(places[name] for name in part.columns))
