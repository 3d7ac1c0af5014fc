"""Lists as one parameter: however long they are, the statement is the same, and its plan is found again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from letterhead.store.database import is_postgres


def among_pairs(first: str, second: str) -> str:
    """An SQL expression for pairs of ids that ``pairs`` made parameters of."""
    if is_postgres():
        return f"(SELECT * FROM unnest(CAST({first} AS uuid[]), CAST({second} AS uuid[])))"
    return f"(SELECT f.value, s.value FROM json_each({first}) f JOIN json_each({second}) s ON s.key = f.key)"


def pairs(some: Sequence[tuple[UUID, UUID]]) -> tuple[Any, Any]:
    """However many they are, the statement is the same, so that its plan is found again."""
    return ids([first for first, _ in some]), ids([second for _, second in some])


def among_ids(name: str) -> str:
    """The same for single ids, of ``ids``."""
    if is_postgres():
        return f"(SELECT * FROM unnest(CAST({name} AS uuid[])))"
    return f"(SELECT value FROM json_each({name}))"


def ids(some: Sequence[UUID]) -> Any:
    return list(some) if is_postgres() else orjson.dumps([str(one) for one in some]).decode()
