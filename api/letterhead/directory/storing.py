"""The directory's rows, read and written many at a time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from letterhead.store.database import Row, now
from letterhead.store.database import select as run
from letterhead.store.where import Where

MOST_ROWS = 500
"""In one statement: five values a row stay far below the 32,766 that either database takes."""

T = TypeVar("T")

FAREWELL = (
    "UPDATE employee SET removed_at = {at} WHERE company_id = {company} AND id IN ({ids})",
    "DELETE FROM group_member WHERE company_id = {company} AND employee_id IN ({ids})",
    "DELETE FROM account_employee WHERE company_id = {company} AND employee_id IN ({ids})",
    "DELETE FROM api_token WHERE company_id = {company} AND employee_id IN ({ids})",
    "DELETE FROM sign_in_flow WHERE company_id = {company} AND owner_id IN ({ids})",
    """UPDATE account_test SET secret_sealed = NULL, incoming_secret_sealed = NULL, usable_until = NULL
       WHERE company_id = {company} AND owner_id IN ({ids})""",
    """UPDATE email_account SET status = 'DISABLED', secret_sealed = NULL, incoming_secret_sealed = NULL,
           version = version + 1, settings_version = settings_version + 1, updated_at = {at}
       WHERE company_id = {company} AND owner_id IN ({ids})""",
)
"""What happens when somebody leaves: no access, no way in, no secret kept, no address to write from."""


def in_chunks(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, MOST_ROWS)):
        yield chunk


async def rows_of(company_id: UUID, table: str, external_ids: Iterable[str] | None) -> dict[str, Row]:
    """By external id. ``external_ids``: only these; None for all of the company."""
    if external_ids is None:
        rows = await run(f"SELECT * FROM {table} WHERE company_id = $1", company_id)
        return {row["external_id"]: row for row in rows}
    found: dict[str, Row] = {}
    for chunk in in_chunks(external_ids):
        where = _among(company_id, "external_id", chunk)
        rows = await run(f"SELECT * FROM {table} WHERE {where}", *where.values)
        found.update({row["external_id"]: row for row in rows})
    return found


async def memberships_of(company_id: UUID, group_ids: Iterable[UUID]) -> list[Row]:
    found: list[Row] = []
    for chunk in in_chunks(group_ids):
        where = _among(company_id, "group_id", chunk)
        found += await run(f"SELECT id, group_id, employee_id FROM group_member WHERE {where}", *where.values)
    return found


async def put(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert, or update the row of the same company and external id, whose id then stays what it is."""
    kept = ("id", "company_id", "external_id")
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in kept)
    await _insert(table, columns, rows, f"ON CONFLICT (company_id, external_id) DO UPDATE SET {changes}")


async def add_members(rows: Iterable[Sequence[UUID]]) -> None:
    await _insert("group_member", ("id", "company_id", "group_id", "employee_id"), rows, "")


async def delete(company_id: UUID, table: str, ids: Iterable[UUID]) -> None:
    for chunk in in_chunks(ids):
        where = _among(company_id, "id", chunk)
        await run(f"DELETE FROM {table} WHERE {where}", *where.values)


async def say_farewell(company_id: UUID, employee_ids: Iterable[UUID]) -> None:
    at: datetime = now()
    for chunk in in_chunks(employee_ids):
        for statement in FAREWELL:
            values: list[Any] = [company_id, *chunk]
            names = ", ".join(f"${number}" for number in range(2, len(values) + 1))
            if "{at}" in statement:
                values.append(at)
            await run(statement.format(company="$1", ids=names, at=f"${len(values)}"), *values)


async def _insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], conflict: str) -> None:
    for chunk in in_chunks(rows):
        values = [value for row in chunk for value in row]
        width = len(columns)
        names = (
            f"({', '.join(f'${first + place}' for place in range(1, width + 1))})"
            for first in range(0, len(values), width)
        )
        await run(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(names)} {conflict}", *values)


def _among(company_id: UUID, column: str, values: Sequence[Any]) -> Where:
    where = Where()
    where.add("company_id = {}", company_id)
    where.among(column, list(values))
    return where
