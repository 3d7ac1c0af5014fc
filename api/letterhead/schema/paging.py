"""Connections in Relay's sense, over keyset pages."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from letterhead.store.pages import Page

T = TypeVar("T")
D = TypeVar("D")

First = Annotated[int, strawberry.argument(description="How many at most, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="The cursor after which to go on.")]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are more after it.")
    has_previous_page: bool = strawberry.field(description="Whether there are more before it.")
    start_cursor: str | None = strawberry.field(description="The cursor of its first entry.")
    end_cursor: str | None = strawberry.field(description="The cursor of its last entry.")


@strawberry.type(description="An entry of a list, with its place.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The entry's place in the list.")
    node: T = strawberry.field(description="The entry.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    page: strawberry.Private[Page[Any]]
    shown: strawberry.Private[list[Any]]

    @strawberry.field(description="The entries, each with its cursor.")
    def edges(self) -> list[Edge[T]]:
        pairs = zip(self.page.cursors, self.shown, strict=True)
        return [Edge(cursor=cursor, node=node) for cursor, node in pairs]

    @strawberry.field(description="The entries alone.")
    def nodes(self) -> list[T]:
        return self.shown

    @strawberry.field(description="Where this page lies.")
    def page_info(self) -> PageInfo:
        cursors = self.page.cursors
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )


def connection(page: Page[D], show: Callable[[D], T]) -> Connection[T]:
    """The connection over ``page``, each of its items as ``show`` shows it."""
    return Connection(page=page, shown=list(map(show, page.items)))
