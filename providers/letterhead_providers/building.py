"""Makes the contract's data from the plain values of a file, and says in which place what does not fit."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from difflib import get_close_matches
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from letterhead_providers.admission import Rejected

NAMES: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text in quotes",
    list: "a list in brackets",
    dict: "a table",
    datetime: "a date",
    date: "a date",
    time: "a time",
}

Short = Mapping[type, Callable[[list[Any]], list[Any]]]


def build(hint: Any, value: Any, at: str, short: Short) -> Any:
    """The value that ``hint`` asks for.

    ``at``: the place, such as ``replies#2.code``. ``short``: for a dataclass, what turns a list in a shorter
    form into one of tables. Raises Rejected, with the place and what to write instead.
    """
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        [hint] = [option for option in get_args(hint) if option is not NoneType]
    if get_origin(hint) is tuple:
        return _items(get_args(hint), value, at, short)
    if is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, hint):
            return value
        return _filled(hint, value, at, short)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choice(hint, value, at)
    return _plain(hint, value, at)


def refuse_unknown(table: Mapping[str, Any], known: set[str], at: str) -> None:
    for key in table:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"there are: {', '.join(sorted(known))}"
            raise Rejected(f"{place(at, key)}: there is no such key; {remedy}")


def place(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def in_words(value: object) -> str:
    return NAMES.get(type(value), type(value).__name__)


def field_names(kind: Any) -> set[str]:
    return {field.name for field in fields(kind)}


def _filled(kind: Any, table: Any, at: str, short: Short) -> Any:
    if not isinstance(table, dict):
        raise Rejected(f"{at}: it is {in_words(table)}, and has to be a table")
    refuse_unknown(table, field_names(kind), at)
    for field in fields(kind):
        if field.name not in table and field.default is MISSING and field.default_factory is MISSING:
            raise Rejected(f"{place(at, field.name)}: it is missing and has to be given")
    hints = _hints(kind)
    return kind(**{key: build(hints[key], value, place(at, key), short) for key, value in table.items()})


def _items(hints: tuple[Any, ...], value: Any, at: str, short: Short) -> tuple[Any, ...]:
    if hints[-1] is not Ellipsis:
        if not isinstance(value, list | tuple) or len(value) != len(hints):
            raise Rejected(f"{at}: it has to be a list of {len(hints)}")
        return tuple(build(hint, item, at, short) for hint, item in zip(hints, value, strict=True))
    if isinstance(value, dict) and get_origin(hints[0]) is tuple:
        value = list(value.items())
    if not isinstance(value, list | tuple):
        raise Rejected(f"{at}: it is {in_words(value)}, and has to be a list in brackets")
    items = short.get(hints[0], list)(list(value))
    return tuple(build(hints[0], item, f"{at}#{number}", short) for number, item in enumerate(items, 1))


def _choice(kind: type[Enum], value: Any, at: str) -> Enum:
    if isinstance(value, kind):
        return value
    choices = {member.name.lower(): member for member in kind}
    if not isinstance(value, str):
        raise Rejected(f"{at}: it is {in_words(value)}, and has to be one of: {', '.join(choices)}")
    try:
        return choices[value.lower()]
    except KeyError:
        close = get_close_matches(value.lower(), choices, n=1)
        remedy = f"did you mean {close[0]}?" if close else f"there are: {', '.join(choices)}"
        raise Rejected(f"{at}: {value!r} is not known; {remedy}") from None


def _plain(kind: Any, value: Any, at: str) -> Any:
    if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
        return value
    raise Rejected(f"{at}: it is {in_words(value)}, and has to be {NAMES.get(kind, kind)}")


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
