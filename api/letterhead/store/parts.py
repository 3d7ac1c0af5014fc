"""Lists of different rows, as they are asked for together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Given = Mapping[str, Any]
"""Values by their names: ids, texts, numbers, truth values, and lists of ids."""

Found = Sequence[Sequence[Any]]
"""The columns of what was found, each with a value for every row."""


class Kind:
    """Of a column: what PostgreSQL calls it, which has to be the same in every part of a union. A WORD is a
    text that is never empty and has no comma, such as an id: many of them cost least as one text."""

    WORD: Final = "word"
    TEXT: Final = "text"
    INSTANT: Final = "timestamptz"
    NUMBER: Final = "integer"


KINDS = (Kind.WORD, Kind.TEXT, Kind.INSTANT, Kind.NUMBER)


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A list. Each is to be made once and kept: statements are known by their parts.

    ``columns``: two at least, with their kinds. ``sql``: a statement with these and with the columns of
    ``order``, whole numbers or texts, by which its rows go. ``{company}`` in it is the value of that name. Of
    a list of ids ``parents``, ``{parents.all}`` is what a column may be IN, and ``{parents.each}`` what to
    select from: ``each(id, number)``, these ids with their places among them, from 0, because a number costs
    less than an id to read and to look up. CROSS JOIN has to follow, so that SQLite looks for each of them,
    and not through all.
    ``on_sqlite``: the same, where SQLite has another way.
    ``most``: of its rows no more are read. If there are as many, ``otherwise`` is read instead.
    ``read``: what is made of the columns that were found, in their order, and of what was given.
    """

    columns: Mapping[str, str]
    sql: str
    read: Callable[[Found, Given], Any]
    on_sqlite: str = ""
    order: tuple[str, ...] = ()
    most: int | None = None
    otherwise: "Part | None" = None


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
