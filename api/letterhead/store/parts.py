"""Lists of different rows, as they are asked for together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
