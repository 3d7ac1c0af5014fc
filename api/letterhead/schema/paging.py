"""Connections in Relay's sense, over keyset pages."""

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

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
    edges: list[Edge[T]] = strawberry.field(description="The entries, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The entries alone.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")


def connection(page: Page[D], show: Callable[[D], T]) -> Connection[T]:
    """The connection over ``page``, each of its items as ``show`` shows it."""
    nodes = [show(item) for item in page.items]
    return Connection(
        edges=[Edge(cursor=cursor, node=node) for cursor, node in zip(page.cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.cursors[0] if page.cursors else None,
            end_cursor=page.cursors[-1] if page.cursors else None,
        ),
    )
