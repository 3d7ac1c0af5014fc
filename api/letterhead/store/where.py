"""The conditions of a statement, put together with their values in step."""

from typing import Any


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

    def __str__(self) -> str:
        return " AND ".join(self._conditions) or "1 = 1"


def escape_like(text: str) -> str:
    """``text`` as a part of a LIKE pattern that ends in ``ESCAPE '!'``."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
