"""The directory's rows, read and written many at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from letterhead.store.database import Row, is_postgres, select
from letterhead.store.where import Where

MOST_ROWS = 500
"""In one statement: five values a row stay far below the 32,766 that either database takes."""

T = TypeVar("T")


def in_chunks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, MOST_ROWS)):
        yield chunk


async def one_at_a_time(company_id: UUID) -> None:
    """Until the transaction ends, no other synchronises this company. Its row is left alone: what changes
    accounts takes it last, and would wait for us with what we need."""
    if is_postgres():
        await select("SELECT pg_advisory_xact_lock($1)", company_id.int & (2**63 - 1))


async def rows_of(company_id: UUID, table: str, external_ids: Iterable[str] | None) -> dict[str, Row]:
    """By external id. ``external_ids``: only these; None for all of the company."""
    where = Where()
    where.add("company_id = {}", company_id)
    if external_ids is not None:
        where.among_all("external_id", list(external_ids), "text")
    rows = await select(f"SELECT * FROM {table} WHERE {where}", *where.values)
    return {row["external_id"]: row for row in rows}


async def memberships_of(company_id: UUID, group_ids: Iterable[UUID]) -> Sequence[Row]:
    where = _among(company_id, "group_id", group_ids)
    return await select(f"SELECT id, group_id, employee_id FROM group_member WHERE {where}", *where.values)


async def put(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert, or update the row of the same company and external id, whose id then stays what it is."""
    kept = ("id", "company_id", "external_id")
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in kept)
    await _insert(table, columns, rows, f"ON CONFLICT (company_id, external_id) DO UPDATE SET {changes}")


async def add_members(rows: Iterable[Sequence[UUID]]) -> None:
    await _insert("group_member", ("id", "company_id", "group_id", "employee_id"), rows, "")


async def delete(company_id: UUID, table: str, ids: Collection[UUID]) -> None:
    if ids:
        where = _among(company_id, "id", ids)
        await select(f"DELETE FROM {table} WHERE {where}", *where.values)


async def mark_removed(company_id: UUID, employee_ids: Collection[UUID], at: datetime) -> None:
    if employee_ids:
        where = _among(company_id, "id", employee_ids)
        place = len(where.values) + 1
        await select(f"UPDATE employee SET removed_at = ${place} WHERE {where}", *where.values, at)


async def _insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], conflict: str) -> None:
    for chunk in in_chunks(rows):
        values = [value for row in chunk for value in row]
        width = len(columns)
        names = (
            f"({', '.join(f'${first + place}' for place in range(1, width + 1))})"
            for first in range(0, len(values), width)
        )
        await select(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(names)} {conflict}", *values
        )


def _among(company_id: UUID, column: str, ids: Iterable[UUID]) -> Where:
    where = Where()
    where.add("company_id = {}", company_id)
    where.among_all(column, list(ids))
    return where
