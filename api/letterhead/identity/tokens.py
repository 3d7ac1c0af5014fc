"""API tokens: opaque, hashed at rest, shown once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

import orjson

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.identity.actor import ADMINISTRATOR, EMPLOYEE, Actor, Permission
from letterhead.store.database import as_id, as_instant, now, select
from letterhead.store.models import ApiToken

PREFIX = "lh_"
USE_IS_NOTED_EVERY = timedelta(minutes=1)


async def create(
    company_id: UUID,
    name: str,
    permissions: frozenset[Permission],
    *,
    employee_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Makes a token for whoever asks and returns it; only its digest is kept."""
    _, token = await make(
        company_id, name, permissions, employee_id=employee_id, expires_at=expires_at, created_by=None
    )
    return token


async def make(
    company_id: UUID,
    name: str,
    permissions: frozenset[Permission],
    *,
    employee_id: UUID | None,
    expires_at: datetime | None,
    created_by: str | None,
) -> tuple[UUID, str]:
    """Its id, and the token itself, of which only the digest is kept."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = await ApiToken.create(
        company_id=company_id,
        name=name,
        digest=_digest(token),
        permissions=sorted(permissions),
        employee_id=employee_id,
        expires_at=expires_at,
        created_by=created_by,
    )
    return row.id, token


async def company_named(company: str) -> UUID:
    """Raises Refused when there is none."""
    rows = await select("SELECT id FROM company WHERE name = $1", company)
    if not rows:
        raise Refused(Problem(ProblemCode.NOT_FOUND, f"There is no company named {company!r}.", ("company",)))
    return as_id(rows[0]["id"])


async def create_for_company(
    company: str,
    *,
    employee_external_id: str | None = None,
    permissions: frozenset[Permission] = frozenset(),
    name: str | None = None,
    days: int | None = None,
) -> str:
    """A token for an operator's script: with some permissions, an employee's, or an administrator's.

    ``company``: its name. ``days``: how long it lasts. Raises Refused when there is no such company or
    employee.
    """
    company_id = await company_named(company)
    expires_at = now() + timedelta(days=days) if days else None
    if employee_external_id is None:
        granted = permissions or ADMINISTRATOR
        return await create(
            company_id, name or ("tool" if permissions else "administrator"), granted, expires_at=expires_at
        )
    people = await select(
        "SELECT id, name FROM employee WHERE company_id = $1 AND external_id = $2 AND removed_at IS NULL",
        company_id,
        employee_external_id,
    )
    if not people:
        problem = f"{company} has no employee with the external id {employee_external_id!r}."
        raise Refused(Problem(ProblemCode.NOT_FOUND, problem, ("employee",)))
    return await create(
        company_id,
        name or people[0]["name"],
        permissions or EMPLOYEE,
        employee_id=as_id(people[0]["id"]),
        expires_at=expires_at,
    )


async def authenticate(token: str) -> Actor | None:
    """Whose token it is, or None for one that is unknown, expired, revoked, or of somebody who has left."""
    rows = await select(
        """
        SELECT t.id, t.company_id, t.permissions, t.employee_id, t.expires_at, t.last_used_at,
               COALESCE(e.name, t.name) AS name
        FROM api_token t LEFT JOIN employee e ON e.id = t.employee_id
        WHERE t.digest = $1 AND t.revoked_at IS NULL AND e.removed_at IS NULL
        """,
        _digest(token),
    )
    if not rows:
        return None
    row, at = rows[0], now()
    token_id, employee_id = as_id(row["id"]), row["employee_id"] and as_id(row["employee_id"])
    if row["expires_at"] and as_instant(row["expires_at"]) <= at:
        return None
    await _note_use(token_id, row["last_used_at"] and as_instant(row["last_used_at"]), at)
    return Actor(
        company_id=as_id(row["company_id"]),
        key=f"employee:{employee_id}" if employee_id else f"token:{token_id}",
        name=row["name"],
        permissions=_permissions(row["permissions"]),
        employee_id=employee_id,
    )


async def _note_use(token_id: UUID, last: datetime | None, at: datetime) -> None:
    if last is None or at - last > USE_IS_NOTED_EVERY:
        await ApiToken.filter(id=token_id).update(last_used_at=at)


@lru_cache(maxsize=1000)
def _permissions(stored: str) -> frozenset[Permission]:
    """Of a column of JSON; most tokens hold one of a few sets."""
    return frozenset(Permission(name) for name in orjson.loads(stored) if name in Permission.__members__)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
