"""API tokens: opaque, hashed at rest, shown once."""

import hashlib
import secrets
from datetime import datetime, timedelta
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
    """Makes a token and returns it; only its digest is kept."""
    token = PREFIX + secrets.token_urlsafe(32)
    await ApiToken.create(
        company_id=company_id,
        name=name,
        digest=_digest(token),
        permissions=sorted(permissions),
        employee_id=employee_id,
        expires_at=expires_at,
    )
    return token


async def create_for_company(company: str, *, employee_external_id: str | None) -> str:
    """A token for an operator's script: an administrator's, or an employee's.

    ``company``: its name. Raises Refused when there is no such company or employee.
    """
    rows = await select("SELECT id FROM company WHERE name = $1", company)
    if not rows:
        raise Refused(Problem(ProblemCode.NOT_FOUND, f"There is no company named {company!r}.", ("company",)))
    company_id = as_id(rows[0]["id"])
    if employee_external_id is None:
        return await create(company_id, "administrator", ADMINISTRATOR)
    people = await select(
        "SELECT id, name FROM employee WHERE company_id = $1 AND external_id = $2 AND removed_at IS NULL",
        company_id,
        employee_external_id,
    )
    if not people:
        problem = f"{company} has no employee with the external id {employee_external_id!r}."
        raise Refused(Problem(ProblemCode.NOT_FOUND, problem, ("employee",)))
    return await create(company_id, people[0]["name"], EMPLOYEE, employee_id=as_id(people[0]["id"]))


async def authenticate(token: str) -> Actor | None:
    """Whose token it is, or None for one that is unknown, expired, or of somebody who has left."""
    rows = await select(
        """
        SELECT t.id, t.company_id, t.name, t.permissions, t.employee_id, t.expires_at, t.last_used_at,
               e.name AS employee_name, e.removed_at
        FROM api_token t LEFT JOIN employee e ON e.id = t.employee_id
        WHERE t.digest = $1
        """,
        _digest(token),
    )
    if not rows:
        return None
    row, at = rows[0], now()
    if row["removed_at"] is not None or (row["expires_at"] and as_instant(row["expires_at"]) <= at):
        return None
    await _note_use(as_id(row["id"]), row["last_used_at"] and as_instant(row["last_used_at"]), at)
    employee_id = row["employee_id"] and as_id(row["employee_id"])
    return Actor(
        company_id=as_id(row["company_id"]),
        key=f"employee:{employee_id}" if employee_id else f"token:{as_id(row['id'])}",
        name=row["employee_name"] or row["name"],
        permissions=_permissions(row["permissions"]),
        employee_id=employee_id,
    )


async def _note_use(token_id: UUID, last: datetime | None, at: datetime) -> None:
    if last is None or at - last > USE_IS_NOTED_EVERY:
        await ApiToken.filter(id=token_id).update(last_used_at=at)


def _permissions(stored: object) -> frozenset[Permission]:
    names = orjson.loads(stored) if isinstance(stored, str | bytes) else stored
    assert isinstance(names, list)
    return frozenset(Permission(name) for name in names if name in Permission.__members__)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
