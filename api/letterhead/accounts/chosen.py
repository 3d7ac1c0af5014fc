"""Who and what an account names, for the audit log: read before a change, and again after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from letterhead.audit.rules import Values, exchanged
from letterhead.store.database import as_id, select

LINKS = (
    ("access.employees", "account_employee", "employee", "employee_id"),
    ("access.groups", "account_group", "employee_group", "group_id"),
    ("scope.projects", "account_project", "project", "project_id"),
)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """``access``, ``scope``: the modes; None before there was the account. ``named``: by field, then id."""

    access: str | None
    scope: str | None
    named: Mapping[str, Mapping[UUID, str]]


NOBODY = Chosen(access=None, scope=None, named={field: {} for field, *_ in LINKS})


async def chosen(company_id: UUID, account_id: UUID) -> Chosen:
    """Two statements, whatever the account names."""
    modes = await select(
        "SELECT access_mode, scope_mode FROM email_account WHERE company_id = $1 AND id = $2",
        company_id,
        account_id,
    )
    parts = " UNION ALL ".join(
        f"""SELECT '{field}' AS field, t.id, t.name, t.external_id FROM {link} l
            JOIN {table} t ON t.company_id = l.company_id AND t.id = l.{column}
            WHERE l.company_id = $1 AND l.account_id = $2"""
        for field, link, table, column in LINKS
    )
    named: dict[str, dict[UUID, str]] = {field: {} for field, *_ in LINKS}
    for row in await select(parts, company_id, account_id):
        named[row["field"]][as_id(row["id"])] = f"{row['name']} ({row['external_id']})"
    return Chosen(access=modes[0]["access_mode"], scope=modes[0]["scope_mode"], named=named)


def access_changes(before: Chosen, after: Chosen) -> dict[str, Values]:
    """For ``record``: the mode, then of people and groups who was taken away and who came."""
    return {"access": (before.access, after.access)} | _exchanged(before, after, "access.")


def scope_changes(before: Chosen, after: Chosen) -> dict[str, Values]:
    return {"scope": (before.scope, after.scope)} | _exchanged(before, after, "scope.")


def _exchanged(before: Chosen, after: Chosen, prefix: str) -> dict[str, Values]:
    return {
        field: exchanged(before.named[field], after.named[field])
        for field, *_ in LINKS
        if field.startswith(prefix)
    }
