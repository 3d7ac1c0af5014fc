"""How a change is put down: short enough for a row, whatever its size, and in the schema's words."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

K = TypeVar("K")

MOST_NAMED = 50
MOST_CHARACTERS = 4_000

Values = tuple[str | None, str | None]
"""Before and after."""


def written(changes: Mapping[str, Values]) -> list[dict[str, str | None]]:
    """As stored, without what has stayed the same. ``changes``: by field, named as in Python."""
    return [
        {"field": _in_schema(field), "before": _short(before), "after": _short(after)}
        for field, (before, after) in changes.items()
        if before != after
    ]


def exchanged(before: Mapping[K, str], after: Mapping[K, str]) -> Values:
    """Of two lists, each of names by key: who has gone, and who has come."""
    gone = [name for key, name in before.items() if key not in after]
    come = [name for key, name in after.items() if key not in before]
    return named(gone), named(come)


def named(names: Iterable[str]) -> str | None:
    """The first fifty in order, and how many more. None for nobody."""
    ordered = sorted(names)
    if not ordered:
        return None
    more = len(ordered) - MOST_NAMED
    return ", ".join(ordered[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def text(value: object) -> str | None:
    return None if value is None else str(value)


def _in_schema(field: str) -> str:
    """``display_name`` is ``displayName`` there."""
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= MOST_CHARACTERS else value[: MOST_CHARACTERS - 1] + "…"
