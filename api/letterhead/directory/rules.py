"""What a synchronisation says, and what it would change."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class EmployeeEntry:
    external_id: str
    name: str
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class GroupEntry:
    external_id: str
    name: str
    member_external_ids: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ProjectEntry:
    external_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class DirectorySync:
    """The host system's directory. None: leave that kind alone. A group's members are those listed only.

    ``remove_missing``: remove what a given list does not name; with an empty list, all of that kind.
    ``dry_run``: answer what would be done, and do nothing.
    """

    employees: Sequence[EmployeeEntry] | None = None
    groups: Sequence[GroupEntry] | None = None
    projects: Sequence[ProjectEntry] | None = None
    remove_missing: bool = False
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True)
class Difference:
    """External ids, in the order in which they were met."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def is_plain(text: str) -> bool:
    """Whether a name or an id can be so: no control characters, no marks of direction, no lone surrogates."""
    return text.isprintable() or not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in text)


def difference(wanted: Mapping[str, T], stored: Mapping[str, T], removable: Iterable[str]) -> Difference:
    """Both by external id. ``removable``: what is removed when it is not wanted."""
    return Difference(
        created=tuple(key for key in wanted if key not in stored),
        updated=tuple(key for key, value in wanted.items() if key in stored and stored[key] != value),
        removed=tuple(key for key in removable if key not in wanted),
    )
