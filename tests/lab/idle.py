"""A server that does nothing by itself: what that asks of the database would be counted too."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from letterhead.house import House


@asynccontextmanager
async def _idle(_: House, *, deliver: bool) -> AsyncIterator[None]:
    yield


@contextmanager
def idle() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("letterhead.serving.working", _idle)
        yield
