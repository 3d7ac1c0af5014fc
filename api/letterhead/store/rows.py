"""Objects that hold a row and make a value of it when they are asked for one: of a page, most are not."""

from collections.abc import Callable
from typing import Any


def column(name: str, read: Callable[[Any], Any] | None = None) -> Any:
    """An attribute of an object that has a row as ``stored``. ``read``: what is made of the value, unless
    that is null."""
    if read is None:
        return property(lambda one: one.stored[name])

    def made(one: Any) -> Any:
        value = one.stored[name]
        return None if value is None else read(value)

    return property(made)
