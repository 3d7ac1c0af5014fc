"""The tokens that a company gives to its tools: made, listed and revoked by whoever may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from letterhead.audit.log import Action, Subject, record
from letterhead.errors import NotAnswerable, Problem, ProblemCode, Refused
from letterhead.identity import tokens
from letterhead.identity.actor import Actor, Permission
from letterhead.identity.rules import beyond_grant
from letterhead.store import models
from letterhead.store.database import Row, as_id, as_instant, as_json, now, select, transaction
from letterhead.store.pages import Page, PageRequest, instant, page, read_key, text
from letterhead.store.where import Where

KEY_LENGTH = 2
MOST = 1000


@dataclass(frozen=True, kw_only=True)
class ApiToken:
    id: UUID
    name: str
    permissions: tuple[Permission, ...]
    employee_id: UUID | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


async def create(
    name: str,
    permissions: Sequence[Permission],
    *,
    employee_id: UUID | None,
    expires_at: datetime | None,
    by: Actor,
) -> tuple[ApiToken, str]:
    """The token as it is listed, and the token itself, this once. Raises Refused."""
    name = name.strip()
    if problems := [*_problems(name, permissions, employee_id, expires_at, by=by)]:
        raise Refused(*problems)
    async with transaction():
        await _check_employee(employee_id, by=by)
        if await models.ApiToken.filter(company_id=by.company_id, revoked_at=None).count() >= MOST:
            message = f"There are {MOST} tokens already; revoke some that are not used any more."
            raise Refused(Problem(ProblemCode.TOO_MANY, message))
        token_id, secret = await tokens.make(
            by.company_id,
            name,
            frozenset(permissions),
            employee_id=employee_id,
            expires_at=expires_at,
            created_by=f"{by.name} ({by.key})",
        )
        changes = {
            "permissions": (None, ", ".join(sorted(permissions))),
            "expiresAt": (None, expires_at.isoformat() if expires_at else None),
        }
        await record(
            Action.TOKEN_CREATED,
            f"Made the token {name}",
            by=by,
            subject=Subject("ApiToken", token_id),
            changes=changes,
        )
    [made] = (await by_ids([token_id], by=by)).values()
    return made, secret


async def revoke(token_id: UUID, *, by: Actor) -> None:
    """At once and for good. Raises Refused."""
    async with transaction():
        row = await models.ApiToken.get_or_none(id=token_id, company_id=by.company_id, revoked_at=None)
        if row is None or not by.may(Permission.MANAGE_TOKENS):
            raise Refused(Problem(ProblemCode.NOT_FOUND, "There is no such token.", ("tokenId",)))
        await models.ApiToken.filter(id=token_id, revoked_at=None).update(revoked_at=now())
        await record(
            Action.TOKEN_REVOKED,
            f"Revoked the token {row.name}",
            by=by,
            subject=Subject("ApiToken", token_id),
        )


async def listed(request: PageRequest, *, by: Actor) -> Page[ApiToken]:
    """Those that are not revoked, the newest first. Raises NotAnswerable (FORBIDDEN)."""
    if not by.may(Permission.MANAGE_TOKENS):
        raise NotAnswerable("FORBIDDEN", "This caller may not see the company's tokens.")
    where = Where()
    where.add("t.company_id = {} AND t.revoked_at IS NULL", by.company_id)
    if request.after is not None:
        at, token_id = read_key(request.after, instant, lambda part: UUID(text(part)))
        where.add("t.created_at < {0} OR (t.created_at = {0} AND t.id < {1})", at, token_id)
    rows = await select(
        f"""SELECT t.* FROM api_token t WHERE {where}
            ORDER BY t.created_at DESC, t.id DESC LIMIT {request.first + 1}""",
        *where.values,
    )
    return page([_token(row) for row in rows], request, lambda one: [one.created_at.isoformat(), one.id])


async def by_ids(ids: Sequence[UUID], *, by: Actor) -> dict[UUID, ApiToken]:
    """Of these, those that the caller may see."""
    if not by.may(Permission.MANAGE_TOKENS):
        return {}
    where = Where()
    where.add("company_id = {} AND revoked_at IS NULL", by.company_id)
    where.among("id", list(ids))
    rows = await select(f"SELECT * FROM api_token WHERE {where}", *where.values)
    return {found.id: found for found in map(_token, rows)}


def _problems(
    name: str,
    permissions: Sequence[Permission],
    employee_id: UUID | None,
    expires_at: datetime | None,
    *,
    by: Actor,
) -> list[Problem]:
    if not by.may(Permission.MANAGE_TOKENS):
        return [Problem(ProblemCode.NOT_PERMITTED, "This caller may not make tokens.")]
    problems = []
    if not 1 <= len(name) <= 200 or not name.isprintable():
        message = "A token's name has 1 to 200 printable characters; say what uses it."
        problems.append(Problem(ProblemCode.INVALID, message, ("name",)))
    if not permissions:
        problems.append(Problem(ProblemCode.REQUIRED, "Name what the token may do.", ("permissions",)))
    if beyond := beyond_grant(by, permissions, employee_id):
        message = (
            f"A token holds no more than its maker may hand on, and that is not {', '.join(sorted(beyond))}."
        )
        problems.append(Problem(ProblemCode.NOT_PERMITTED, message, ("permissions",)))
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= now()):
        problems.append(
            Problem(ProblemCode.INVALID, "That is over already; name a later time.", ("expiresAt",))
        )
    return problems


async def _check_employee(employee_id: UUID | None, *, by: Actor) -> None:
    if employee_id is None:
        return
    if not await models.Employee.exists(id=employee_id, company_id=by.company_id, removed_at=None):
        raise Refused(Problem(ProblemCode.NOT_FOUND, "There is no such employee.", ("employeeId",)))


def _token(row: Row) -> ApiToken:
    return ApiToken(
        id=as_id(row["id"]),
        name=row["name"],
        permissions=tuple(
            Permission(one) for one in as_json(row["permissions"]) if one in Permission.__members__
        ),
        employee_id=as_id(row["employee_id"]) if row["employee_id"] else None,
        created_at=as_instant(row["created_at"]).astimezone(UTC),
        last_used_at=as_instant(row["last_used_at"]) if row["last_used_at"] else None,
        expires_at=as_instant(row["expires_at"]) if row["expires_at"] else None,
    )
