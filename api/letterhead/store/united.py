"""The statement that finds several lists at once, in the words of each database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from string import Formatter
from typing import Any, NamedTuple

from letterhead.store.listed import among_ids
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
        return among_ids(self.name)

    @property
    def each(self) -> str:
        if self.on_postgres:
            return f"""(SELECT id, number - 1 AS number
                FROM unnest({self}::uuid[]) WITH ORDINALITY AS given(id, number)) AS each"""
        return f"(SELECT value AS id, key AS number FROM json_each({self})) AS each"


@dataclass(frozen=True)
class _OfPage:
    """The same, of a list that is a column of the page.

    SQLite knows how few rows there are by a LIMIT alone, and would first read all of a table for a Bloom
    filter, to save itself from looking into it as often as it believes to have to.
    """

    column: str
    most: int
    on_postgres: bool

    @property
    def all(self) -> str:
        return f"(SELECT {self.column} FROM page WHERE number < {self.most})"

    @property
    def each(self) -> str:
        limit = "" if self.on_postgres else f" LIMIT {self.most}"
        return f"(SELECT {self.column} AS id, number FROM page WHERE number < {self.most}{limit}) AS each"


Take = Callable[[Sequence[Any]], Found]


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """``width``: how many columns a part has. ``take``: finds them in PostgreSQL's row for it, in which
    ``words`` are one text each. ``keys``: which of SQLite's arrays its rows go by; some come after all
    columns."""

    take: Take
    width: int
    words: tuple[int, ...]
    keys: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Statement:
    """``names``: of its parameters. ``layouts``: for each of its parts."""

    sql: str
    names: tuple[str, ...]
    layouts: tuple[Layout, ...]


@lru_cache(maxsize=500)
def united(parts: tuple[Part, ...], lists: Lists, *, on_postgres: bool) -> Statement:
    """A row for each of the parts, with its number first: on PostgreSQL an array or a text for each column,
    on SQLite one text, of JSON, with an array for each."""
    held = {name: _OfPage(column, lists.most, on_postgres) for name, column in lists.columns}
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
        layouts=tuple(_layout(part, most) for part in parts),
    )


def _layout(part: Part, most: Mapping[str, int]) -> Layout:
    places = {name: at for at, (name, _) in enumerate(_padded(part, most), start=1) if name}
    arrays = _all_columns(part)
    return Layout(
        take=itemgetter(*(places[name] for name in part.columns)),
        width=len(part.columns),
        words=tuple(at for at, kind in enumerate(part.columns.values()) if kind is Kind.WORD),
        keys=tuple(arrays.index(name) for name in part.order),
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


def _all_columns(part: Part) -> list[str]:
    """Those by which its rows go, too."""
    return [*part.columns, *(name for name in part.order if name not in part.columns)]


def _arrays(number: int, part: Part, most: Mapping[str, int]) -> str:
    shown = [f"{_array(name, kind)} AS column_{at}" for at, (name, kind) in enumerate(_padded(part, most))]
    order = f" ORDER BY {', '.join(part.order)}" if part.order else ""
    most_of_all = "" if part.most is None else f" LIMIT {part.most}"
    rows = f"SELECT * FROM ({part.sql}) part_{number}{order}{most_of_all}"
    return f"SELECT {number} AS part, {', '.join(shown)} FROM ({rows}) ordered_{number}"


def _array(name: str | None, kind: str) -> str:
    if kind is Kind.WORD:
        return f"string_agg(COALESCE(CAST({name} AS text), ''), ',')" if name else "CAST(NULL AS text)"
    return f"array_agg(CAST({name} AS {kind}))" if name else f"CAST(NULL AS {kind}[])"


def _json(number: int, part: Part) -> str:
    """Not in order: SQLite would keep all rows twice for that."""
    columns = [
        f"CAST({name} AS text)" if part.columns.get(name, Kind.NUMBER) is not Kind.NUMBER else name
        for name in _all_columns(part)
    ]
    arrays = ", ".join(f"json_group_array({column})" for column in columns)
    rows = f"({part.on_sqlite or part.sql}) part_{number}"
    if part.most is not None:
        rows = f"(SELECT * FROM {rows} LIMIT {part.most}) limited_{number}"
    return f"SELECT {number} AS part, json_array({arrays}) AS found FROM {rows}"
