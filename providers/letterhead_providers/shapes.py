"""Whether a value has the shape its type promises. Plugins are not always type-checked."""

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from inspect import isgenerator
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def misshapen(value: object, hint: Any, at: str = "it") -> str | None:
    """What does not fit, such as ``presets[0].smtp.port is a str, not an int``; None when all does."""
    origin, arguments, has_fields = _read(hint)
    if origin in (Union, UnionType):
        return _in_union(value, arguments, at)
    if has_fields:
        return _wrong_type(value, hint, at) or _in_fields(value, hint, at)
    if origin is tuple or origin is Sequence:
        kind = tuple if origin is tuple else (tuple, list)
        return _wrong_type(value, kind, at) or _in_items(value, arguments[0], at)
    if origin is Mapping:
        return _wrong_type(value, Mapping, at) or _in_entries(value, arguments, at)
    if origin is Generator:
        return None if isgenerator(value) else f"{at} is {_a(type(value))}, not a generator"
    if hint is None:
        hint = NoneType
    return _wrong_type(value, hint, at) or _SCALARS.get(hint, _anything)(value, at)


def _in_union(value: object, options: tuple[Any, ...], at: str) -> str | None:
    faults = [fault for option in options if (fault := misshapen(value, option, at))]
    if len(faults) < len(options):
        return None
    deeper = [fault for fault in faults if not fault.startswith(f"{at} is ")]
    return deeper[0] if deeper else f"{at} is {_a(type(value))}, not {' or '.join(map(_name, options))}"


def _in_fields(value: object, kind: Any, at: str) -> str | None:
    prefix = "" if at == "it" else f"{at}."
    found = (misshapen(getattr(value, name), hint, prefix + name) for name, hint in _hints(kind).items())
    return next(filter(None, found), None)


def _in_items(value: Any, hint: Any, at: str) -> str | None:
    found = (misshapen(item, hint, f"{at}[{number}]") for number, item in enumerate(value))
    return next(filter(None, found), None)


def _in_entries(value: Any, hints: tuple[Any, ...], at: str) -> str | None:
    keys = (misshapen(key, hints[0], f"a key of {at}") for key in value)
    values = (misshapen(item, hints[1], f"{at}[{key!r}]") for key, item in value.items())
    return next(filter(None, (*keys, *values)), None)


def _wrong_type(value: object, kind: Any, at: str) -> str | None:
    if kind is float:
        kind = (int, float)
    if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
        return None
    return f"{at} is {_a(type(value))}, not {_name(kind)}"


def _text(value: Any, at: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"{at} holds half a surrogate pair, which is not text"
    return None


def _number(value: Any, at: str) -> str | None:
    return None if math.isfinite(value) else f"{at} is not a finite number"


def _instant(value: Any, at: str) -> str | None:
    return None if value.tzinfo else f"{at} has no time zone"


def _anything(_value: object, _at: str) -> None:
    return None


_SCALARS: Mapping[Any, Callable[[Any, str], str | None]] = {str: _text, float: _number, datetime: _instant}


@cache
def _read(hint: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """What it is made of, and whether it is a dataclass. A few hints are asked about thousands of times."""
    return get_origin(hint), get_args(hint), is_dataclass(hint)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _name(kind: Any) -> str:
    if isinstance(kind, tuple):
        return " or ".join(map(_name, kind))
    return "None" if kind in (None, NoneType) else _a(get_origin(kind) or kind)


def _a(kind: type) -> str:
    article = "an" if kind.__name__[0] in "aeiouAEIO" else "a"
    return f"{article} {kind.__name__}"
