"""Lists of different rows in one statement: a round trip and a plan for all that a page asks for.

A database answers with one row for each list: arrays of its columns cost a third of what as many rows do to
send and to read, and on SQLite every row stops all other threads.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from letterhead.store.database import is_postgres, select
from letterhead.store.listed import ids
from letterhead.store.parts import Found, Given, Part, Source
from letterhead.store.united import NO_LISTS, Layout, Lists, united


async def read(parts: tuple[Part, ...], given: Given) -> list[Any]:
    """What each of the parts makes of what it finds, all of it read at once."""
    return await made(parts, await found(parts, given), given)


async def made(parts: tuple[Part, ...], columns: Sequence[Found], given: Given) -> list[Any]:
    """Of what was found; with a statement more where that was too much."""
    known = []
    for part, own in zip(parts, columns, strict=True):
        if part.otherwise is not None and len(own[0]) == part.most:
            known += await read((part.otherwise,), given)
        else:
            known.append(part.read(own, given))
    return known


async def found(parts: tuple[Part, ...], given: Given, source: Source | None = None) -> Sequence[Found]:
    """The columns of each of the parts."""
    if not parts:
        return ()
    on_postgres = is_postgres()
    lists = Lists(source.most, tuple(source.lists.items()), len(source.values)) if source else NO_LISTS
    statement = united(parts, lists, on_postgres=on_postgres)
    values = [
        ids(value) if type(value) is list else value for value in map(given.__getitem__, statement.names)
    ]
    sql = statement.sql
    if source:
        sql, values = f"{_page(source)} {sql}", [*source.values, *values]
    rows = await select(sql, *values)
    return _arrays(rows, statement.layouts) if on_postgres else _json(rows, statement.layouts)


def _page(source: Source) -> str:
    numbered = f"SELECT ROW_NUMBER() OVER (ORDER BY {source.order}) - 1 AS number, found.*"
    return f"WITH page AS MATERIALIZED ({numbered} FROM ({source.sql}) found)"


def _arrays(rows: Iterable[Any], layouts: Sequence[Layout]) -> Sequence[Found]:
    """Null where there is nothing."""
    found: list[Found] = [()] * len(layouts)
    for row in rows:
        values = _values(row)
        layout = layouts[values[0]]
        columns = list(layout.take(values))
        if columns[0] is None:
            columns = [()] * len(columns)
        else:
            for at in layout.words:
                words = columns[at].split(",")
                columns[at] = [word or None for word in words] if "" in words else words
        found[values[0]] = columns
    return found


def _json(rows: Iterable[Any], layouts: Sequence[Layout]) -> Sequence[Found]:
    """SQLite finds most lists in order, and would sort them again."""
    found: list[Found] = [()] * len(layouts)
    for row in rows:
        number, text = _values(row)
        columns, layout = orjson.loads(text), layouts[number]
        keys = list(zip(*(columns[at] for at in layout.keys), strict=True))
        places = sorted(range(len(keys)), key=keys.__getitem__)
        del columns[layout.width :]
        in_order = all(map(int.__lt__, places, places[1:]))
        found[number] = columns if in_order else [[column[at] for at in places] for column in columns]
    return found


def _values(row: Any) -> Any:
    """To be known by place: in a transaction rows are known by name alone."""
    return tuple(row.values()) if type(row) is dict else row
