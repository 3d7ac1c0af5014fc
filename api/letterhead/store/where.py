"""The conditions of a statement, put together with their values in step."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson

from letterhead.store.database import is_postgres


class Where:
    """``add("a.x = {} OR a.y = {}", x, y)``: each ``{}`` becomes the next parameter."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        names = []
        for value in values:
            self.values.append(value)
            names.append(f"${len(self.values)}")
        self._conditions.append(f"({condition.format(*names)})")

    def among(self, column: str, values: list[Any]) -> None:
        """``column`` is one of ``values``; never, when there are none."""
        if values:
            self.add(f"{column} IN ({', '.join(['{}'] * len(values))})", *values)
        else:
            self._conditions.append("(1 = 0)")

    def among_all(self, column: str, values: Collection[str | UUID], kind: str = "uuid") -> None:
        """The same for any number of them, as one parameter. ``kind``: PostgreSQL's type of the column.

        A subquery, not a list: about tables just filled, PostgreSQL has no statistics, and then may walk
        through an index once for each entry of a list; of a subquery it makes a join.
        """
        if is_postgres():
            self.add(f"{column} IN (SELECT unnest({{}}::{kind}[]))", list(values))
        else:
            listed = orjson.dumps([str(value) for value in values]).decode()
            self.add(f"{column} IN (SELECT value FROM json_each({{}}))", listed)

    def __str__(self) -> str:
        return " AND ".join(self._conditions) or "1 = 1"


def escape_like(text: str) -> str:
    """``text`` as a part of a LIKE pattern that ends in ``ESCAPE '!'``."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
