"""Fields whose values are read for many objects at once, or have been read ahead."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import strawberry

from letterhead.schema.compiled.run import Run
from letterhead.schema.compiled.shortcuts import Reading, Show
from letterhead.schema.context import Info
from letterhead.schema.loader import Loader, Pages
from letterhead.schema.loaders import Loaders
from letterhead.schema.paging import After, First, connections
from letterhead.schema.shown import reads
from letterhead.store.pages import page_request

Find = Callable[[Any], Any]


def loaded(
    path: str,
    description: str,
    loader: Callable[[Loaders], Loader[Any, Any]],
    show: Show,
    *,
    each: bool = False,
) -> Any:
    """A field of the type that it is annotated with: what ``show`` makes of what ``loader`` knows by what is
    at ``path``, or ``each`` of it."""
    get = attrgetter(path)

    def find(run: Run, _given: Mapping[str, Any]) -> Find:
        return loader(run.context_value.loaders).at_hand

    def made(found: Any) -> Any:
        if found is None:
            return None
        return [None if one is None else show(one) for one in found] if each else show(found)

    @reads(Reading(path=path, find=find, show=show, each=each))
    def read(self: Any, info: Info) -> Any:
        return loader(info.context.loaders).then(get(self), made)

    del read.__annotations__["return"]  # the field's own says more
    return strawberry.field(resolver=read, description=description)


def paged(path: str, description: str, pages: Callable[[Loaders], Pages[Any, Any]], show: Show) -> Any:
    """The same for a page of a list, sorted by names."""
    get, connect = attrgetter(path), connections(show)

    def find(run: Run, given: Mapping[str, Any]) -> Find:
        request = page_request(given.get("first", 25), given.get("after"), key_length=2)
        return pages(run.context_value.loaders)[request].at_hand

    @reads(Reading(path=path, find=find, show=connect))
    def read(self: Any, info: Info, first: First = 25, after: After = None) -> Any:
        request = page_request(first, after, key_length=2)
        return pages(info.context.loaders)[request].then(get(self), connect)

    del read.__annotations__["return"]  # the field's own says more
    return strawberry.field(resolver=read, description=description)
