"""Keyset pages: a cursor is the sort key of a row, so a page is stable when rows are put in before it."""

import base64
import binascii
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Any, Generic, NamedTuple, TypeVar, overload

import orjson

from letterhead.errors import NotAnswerable
from letterhead.store.rows import making

T = TypeVar("T")
P = TypeVar("P")
V = TypeVar("V")
MOST = 100


class PageRequest(NamedTuple):
    """``after``: the sort key of the last row seen, or None for the first page."""

    first: int = 25
    after: tuple[Any, ...] | None = None


FIRST_PAGES = [PageRequest(first) for first in range(MOST + 1)]


class Cursors(Sequence[str]):
    """Of ``rows``, each made when it is looked at: most pages are read without any, or with the last one."""

    def __init__(self, rows: Sequence[T], key: Callable[[T], Sequence[Any]]) -> None:
        self._rows, self._key = rows, key

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> "Cursors": ...
    def __getitem__(self, index: int | slice) -> "str | Cursors":
        if isinstance(index, slice):
            return Cursors(self._rows[index], self._key)
        return cursor(self._key(self._rows[index]))


class Entry(NamedTuple, Generic[T]):
    item: T
    cursors: Sequence[str]
    place: int

    @property
    def cursor(self) -> str:
        return self.cursors[self.place]


class Page(NamedTuple, Generic[T]):
    """``sorted_by``: what the items were read from, and the sort key of each of those."""

    items: tuple[T, ...] = ()
    sorted_by: tuple[Sequence[Any], Callable[[Any], Sequence[Any]]] = ((), list)
    has_next: bool = False
    has_previous: bool = False

    @property
    def cursors(self) -> Cursors:
        return Cursors(*self.sorted_by)

    @property
    def entries(self) -> list[Entry[T]]:
        cursors = self.cursors
        return [Entry(item, cursors, place) for place, item in enumerate(self.items)]

    @property
    def start_cursor(self) -> str | None:
        return self.cursors[0] if self.items else None

    @property
    def end_cursor(self) -> str | None:
        return self.cursors[-1] if self.items else None


_page_of = making(Page)


def page_request(first: int, after: str | None, *, key_length: int) -> PageRequest:
    """What a client asked for. Raises NotAnswerable (BAD_INPUT) with the remedy."""
    if not 1 <= first <= MOST:
        raise NotAnswerable("BAD_INPUT", f"first is {first}.", f"Ask for 1 to {MOST} at a time.")
    if after is None:
        return FIRST_PAGES[first]
    try:
        key = orjson.loads(base64.urlsafe_b64decode(after))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        key = None
    if not isinstance(key, list) or len(key) != key_length or not all(map(_can_be_compared, key)):
        raise not_a_cursor()
    return PageRequest(first, tuple(key))


def _can_be_compared(part: object) -> bool:
    """Whether a database takes it: a text or a whole number."""
    if isinstance(part, str):
        return "\0" not in part
    return type(part) is int and part.bit_length() < 64


def not_a_cursor() -> NotAnswerable:
    return NotAnswerable(
        "BAD_INPUT", "after is not a cursor of this list.", "Take it from pageInfo.endCursor or an edge."
    )


def read_key(key: Sequence[Any], *readers: Callable[[Any], Any]) -> tuple[Any, ...]:
    """A cursor's sort key, each part read by its reader, which raises TypeError or ValueError for another
    list's. Raises NotAnswerable (BAD_INPUT)."""
    try:
        return tuple(read(part) for read, part in zip(readers, key, strict=True))
    except (TypeError, ValueError):
        raise not_a_cursor() from None


def number(part: Any) -> int:
    if type(part) is not int:
        raise TypeError
    return part


def text(part: Any) -> str:
    if not isinstance(part, str):
        raise TypeError
    return part


def instant(part: Any) -> datetime:
    """In UTC, because SQLite compares instants as texts."""
    read = datetime.fromisoformat(part)
    if read.tzinfo is None:
        raise ValueError
    return read.astimezone(UTC)


def cursor(key: Sequence[Any]) -> str:
    """An opaque text for a sort key of strings, numbers, ids and instants."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key), default=str)).decode()


def page(rows: Sequence[T], request: PageRequest, key: Callable[[T], Sequence[Any]]) -> Page[T]:
    """The page of ``rows``, of which one more than ``first`` was asked of the database."""
    [found] = pages([rows], request.first, key, has_previous=request.after is not None)
    return found


def pages(
    lists: Collection[Sequence[T]], first: int, key: Callable[[T], Sequence[Any]], *, has_previous: bool
) -> list[Page[T]]:
    """The same of many lists."""
    has_next = [len(rows) > first for rows in lists]
    items = [tuple(rows[:first]) for rows in lists] if any(has_next) else list(map(tuple, lists))
    return list(map(_page_of, zip(items, zip(items, repeat(key)), has_next, repeat(has_previous))))


def shown(found: Page[T], show: Callable[[T], V]) -> Page[V]:
    """The same page, each of its items as ``show`` makes it."""
    return Page(tuple(map(show, found.items)), found.sorted_by, found.has_next, found.has_previous)


def ranked(parent: str, keys: Sequence[str], *, descending: bool = False) -> str:
    """The window by which one statement pages through many lists: each row's number within its parent."""
    direction = " DESC" if descending else ""
    ordering = ", ".join(f"{key}{direction}" for key in keys)
    return f"ROW_NUMBER() OVER (PARTITION BY {parent} ORDER BY {ordering})"


def pages_by_parent(
    rows: Sequence[T],
    parents: Sequence[P],
    request: PageRequest,
    *,
    parent: Callable[[T], P],
    key: Callable[[T], Sequence[Any]],
) -> dict[P, Page[T]]:
    """A page for each of ``parents``, from rows of which each parent has at most one more than asked for."""
    found: dict[P, list[T]] = {one: [] for one in parents}
    for row in rows:
        found[parent(row)].append(row)
    made = pages(found.values(), request.first, key, has_previous=request.after is not None)
    return dict(zip(found, made, strict=True))
