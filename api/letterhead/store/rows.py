"""Objects that hold a row and make a value of it when they are asked for one: of a page, most are not."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from typing import Any, TypeVar

T = TypeVar("T")


def making(kind: type[T]) -> Callable[[Iterable[Any]], T]:
    """As ``_make`` of a class of named tuples, for very many of them: without a function of Python's."""
    new: Callable[[type[T], Iterable[Any]], T] = tuple.__new__  # type: ignore[assignment] # for any of its kinds
    return partial(new, kind)


def rows_of(names: Sequence[str], columns: Iterable[Iterable[Any]]) -> Iterator[dict[str, Any]]:
    """Rows by names, as many as the shortest of the columns has values."""
    return map(dict, map(zip, repeat(names), zip(*columns, strict=False)))


class Unread:
    """Stands for a value that was left out of what was read, because nobody would ask for it. Whoever does
    learns so."""

    def __bool__(self) -> bool:
        raise RuntimeError("this was not read")


UNREAD: Any = Unread()


class Column(property):
    """An attribute that is read of ``stored[name]``, and made of that by ``read``, unless it is null."""

    def __init__(self, name: str, read: Callable[[Any], Any] | None) -> None:
        super().__init__(_value(name) if read is None else _made(name, read))
        self.name, self.read = name, read

    @property
    def table(self) -> Mapping[Any, Any] | None:
        """What it makes of all values there can be, where ``read`` looks them up."""
        known = getattr(self.read, "__self__", None)
        return known if isinstance(known, dict) and self.read == known.__getitem__ else None


def column(name: str, read: Callable[[Any], Any] | None = None) -> Any:
    """An attribute of an object that has a row as ``stored``. ``read``: what is made of the value, unless
    that is null."""
    return Column(name, read)


def _value(name: str) -> Callable[[Any], Any]:
    return lambda one: one.stored[name]


def _made(name: str, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def made(one: Any) -> Any:
        value = one.stored[name]
        return None if value is None else read(value)

    return made
