"""The statement that finds several lists at once, in the words of each database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from string import Formatter
from typing import Any, NamedTuple

from letterhead.store.parts import KINDS, Found, Kind, Part


class Lists(NamedTuple):
    """What a statement takes from its page, of which ``most`` rows count. ``values``: how many parameters the
    page has itself."""

    most: int
    columns: tuple[tuple[str, str], ...]
    values: int


NO_LISTS = Lists(0, (), 0)


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


Take = Callable[[Sequence[Any]], Found]


@dataclass(frozen=True, kw_only=True, eq=False)
class Statement:
    """``names``: of its parameters. ``takes``: what takes a part's columns out of PostgreSQL's row for it."""

    sql: str
    names: tuple[str, ...]
    takes: tuple[Take, ...]


@lru_cache(maxsize=500)
def united(parts: tuple[Part, ...], lists: Lists, *, on_postgres: bool) -> Statement:
    """A row for each of the parts, with its number first: on PostgreSQL an array for each column, on SQLite
    one text, of JSON: its places, and as many values of each column."""
    held = {name: _OfPage(column, lists.most) for name, column in lists.columns}
    names = tuple(dict.fromkeys(name for part in parts for name in _names(part.sql) if name not in held))
    parameters = {
        name: _Parameter(f"${number}", on_postgres) for number, name in enumerate(names, lists.values + 1)
    }
    kinds = [list(part.columns.values()) for part in parts]
    most = {kind: max(each.count(kind) for each in kinds) for kind in KINDS}
    texts = [
        _arrays(number, part, most) if on_postgres else _json(number, part)
        for number, part in enumerate(parts)
    ]
    return Statement(
        sql=" UNION ALL ".join(text.format(**parameters, **held) for text in texts),
        names=names,
        takes=tuple(_taking(part, most) for part in parts),
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


def _taking(part: Part, most: Mapping[str, int]) -> Take:
    places = {name: at for at, (name, _) in enumerate(_padded(part, most), start=1) if name}
    return itemgetter(*(places[name] for name in part.columns))


def _json(number: int, part: Part) -> str:
    columns = [
        name if kind is Kind.NUMBER else f"CAST({name} AS text)" for name, kind in part.columns.items()
    ]
    arrays = ", ".join(f"json_group_array({column})" for column in (part.place, *columns))
    return f"SELECT {number} AS part, json_array({arrays}) AS found FROM ({part.sql}) part_{number}"
