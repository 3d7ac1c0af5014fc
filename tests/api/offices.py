"""Whom the tests of a module ask, and what things are called there."""

from dataclasses import dataclass
from typing import Any

from lab.product import Caller


@dataclass(frozen=True)
class Office:
    """``ids``: opaque ids by the names that the tests use."""

    callers: dict[str, Caller]
    ids: dict[str, str]

    @property
    def admin(self) -> Caller:
        return self.callers["admin"]

    @property
    def ann(self) -> Caller:
        return self.callers["ann"]

    def named(self, given: Any) -> Any:
        """``given`` with the ids of what it calls by name, such as ``#sales``."""
        if isinstance(given, dict):
            return {key: self.named(value) for key, value in given.items()}
        if isinstance(given, list):
            return [self.named(value) for value in given]
        return self.ids[given[1:]] if isinstance(given, str) and given.startswith("#") else given
