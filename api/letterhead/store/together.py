"""Lists of different rows in one statement: a round trip and a plan for all that a page asks for.

A database answers with one row for each list: arrays of its columns cost a third of what as many rows do to
send and to read, and on SQLite every row stops all other threads.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson

from letterhead.store.database import is_postgres, select
from letterhead.store.parts import Found, Given, Part, Source
from letterhead.store.united import NO_LISTS, Lists, Take, united


async def read(parts: tuple[Part, ...], given: Given) -> list[Any]:
    """What each of the parts makes of what it finds, all of it read at once."""
    columns = await found(parts, given)
    return [part.read(own, given) for part, own in zip(parts, columns, strict=True)]


async def found(parts: tuple[Part, ...], given: Given, source: Source | None = None) -> Sequence[Found]:
    """The columns of each of the parts."""
    if not parts:
        return ()
    on_postgres = is_postgres()
    lists = Lists(source.most, tuple(source.lists.items()), len(source.values)) if source else NO_LISTS
    statement = united(parts, lists, on_postgres=on_postgres)
    values = [given[name] for name in statement.names]
    if not on_postgres:
        values = [_listed(value) if type(value) is list else value for value in values]
    sql = statement.sql
    if source:
        sql, values = f"{_page(source)} {sql}", [*source.values, *values]
    rows = await select(sql, *values)
    return _arrays(rows, statement.takes) if on_postgres else _json(rows, len(parts))


def _page(source: Source) -> str:
    numbered = f"SELECT found.*, ROW_NUMBER() OVER (ORDER BY {source.order}) - 1 AS number"
    return f"WITH page AS MATERIALIZED ({numbered} FROM ({source.sql}) found)"


def _listed(ids: Sequence[UUID]) -> str:
    return orjson.dumps(list(map(str, ids))).decode()


def _arrays(rows: Iterable[Any], takes: Sequence[Take]) -> Sequence[Found]:
    """Null where there is nothing."""
    found: list[Found] = [()] * len(takes)
    for row in rows:
        values = _values(row)
        columns = takes[values[0]](values)
        found[values[0]] = columns if columns[0] is not None else ((),) * len(columns)
    return found


def _json(rows: Iterable[Any], parts: int) -> Sequence[Found]:
    found: list[Found] = [()] * parts
    for row in rows:
        number, text = _values(row)
        places, *columns = orjson.loads(text)
        found[number] = columns if places == sorted(places) else _by_place(places, columns)
    return found


def _by_place(places: Sequence[int], columns: Found) -> Found:
    order = sorted(range(len(places)), key=places.__getitem__)
    return [[column[at] for at in order] for column in columns]


def _values(row: Any) -> Any:
    """To be known by place: in a transaction rows are known by name alone."""
    return tuple(row.values()) if type(row) is dict else row
