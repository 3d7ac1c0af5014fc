"""Connections in Relay's sense, over keyset pages."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from letterhead.schema.compiled.shortcuts import Wrapping
from letterhead.schema.shown import shown, wrapping
from letterhead.store.pages import Entry, Page

T = TypeVar("T")
D = TypeVar("D")

First = Annotated[int, strawberry.argument(description="How many at most, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="The cursor after which to go on.")]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    page: strawberry.Private[Page[Any]]
    has_next_page: bool = shown("page.has_next", "Whether there are more after it.")
    has_previous_page: bool = shown("page.has_previous", "Whether there are more before it.")
    start_cursor: str | None = shown("page.start_cursor", "The cursor of its first entry.")
    end_cursor: str | None = shown("page.end_cursor", "The cursor of its last entry.")


@strawberry.type(description="An entry of a list, with its place.")
class Edge(Generic[T]):
    entry: strawberry.Private[Entry[Any]]
    show: strawberry.Private[Callable[[Any], Any]]
    cursor: str = shown("entry.cursor", "The entry's place in the list.")
    node: T = shown("entry.item", "The entry.", "show")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """``show``: from what the page holds to what the schema speaks of."""

    page: strawberry.Private[Page[Any]]
    show: strawberry.Private[Callable[[Any], Any]]
    edges: list[Edge[T]] = shown(
        "page.entries",
        "The entries, each with its cursor.",
        Wrapping(Edge, "entry", Entry, more=("show",)),
        each=True,
    )
    nodes: list[T] = shown("page.items", "The entries alone.", "show", each=True)
    page_info: PageInfo = shown("page", "Where this page lies.", Wrapping(PageInfo, "page", Page))


def connection(page: Page[D], show: Callable[[D], T]) -> Connection[T]:
    """The connection over ``page``, each of its items as ``show`` shows it."""
    return Connection(page=page, show=show)


def connections(show: Callable[[Any], T]) -> Callable[[Page[Any]], Connection[T]]:
    """The same for many pages."""
    return wrapping(Connection, "page", Page, show=show)
