"""What happens when somebody leaves: no access, no way in, no secret kept, no address to write from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from letterhead import telling
from letterhead.audit.log import Action, Deed, Subject, record_each
from letterhead.identity.actor import Actor
from letterhead.outbox import leaving as outbox
from letterhead.store.database import as_id, select
from letterhead.store.where import Where

FAREWELL = (
    ("DELETE FROM group_member", "employee_id"),
    ("DELETE FROM account_employee", "employee_id"),
    ("DELETE FROM api_token", "employee_id"),
    (
        "UPDATE account_test SET secret_sealed = NULL, incoming_secret_sealed = NULL, usable_until = NULL",
        "owner_id",
    ),
    ("DELETE FROM sign_in_flow", "owner_id"),
)


@dataclass(frozen=True, kw_only=True)
class Account:
    id: UUID
    address: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """``accounts``: to be switched off. ``messages``: to be held. ``tokens``: how many end.
    ``fewer_people``, ``fewer_projects``: accounts that name somebody or something that goes."""

    accounts: tuple[Account, ...] = ()
    messages: tuple[UUID, ...] = ()
    tokens: int = 0
    fewer_people: frozenset[UUID] = frozenset()
    fewer_projects: frozenset[UUID] = frozenset()

    @property
    def narrowed(self) -> frozenset[UUID]:
        return self.fewer_people | self.fewer_projects


async def foreseen(
    company_id: UUID, *, employees: Sequence[UUID], groups: Sequence[UUID], projects: Sequence[UUID]
) -> Leaving:
    """What follows when these are removed; nothing is done."""
    by_name = await _naming(company_id, "account_employee", "employee_id", employees)
    by_group = await _naming(company_id, "account_group", "group_id", groups)
    narrowed = Leaving(
        fewer_people=by_name | by_group,
        fewer_projects=await _naming(company_id, "account_project", "project_id", projects),
    )
    if not employees:
        return narrowed
    return replace(
        narrowed,
        accounts=await _accounts(company_id, employees),
        messages=await outbox.waiting_of(company_id, employees),
        tokens=await _tokens(company_id, employees),
    )


async def say_farewell(gone: Leaving, employees: Sequence[UUID], at: datetime, *, company_id: UUID) -> None:
    """Within the caller's transaction. ``gone``: what was foreseen there, for ``employees`` among others."""
    if not employees:
        return
    # In the order in which saving an account takes the same rows, so that neither waits for the other.
    await _switch_off(company_id, employees, at)
    for statement, column in FAREWELL:
        where = _of(company_id, column, employees)
        await select(f"{statement} WHERE {where}", *where.values)
    await outbox.hold(company_id, gone.messages)


async def record_farewell(gone: Leaving, *, by: Actor) -> None:
    """Call it last, as the audit log asks for."""
    await record_each(Action.STATUS_CHANGED, map(_switched_off, gone.accounts), by=by)
    await record_each(Action.MESSAGE_HELD, map(_held, gone.messages), by=by)
    await record_each(Action.ACCESS_CHANGED, map(_for_fewer, sorted(gone.fewer_people)), by=by)
    await record_each(Action.SCOPE_CHANGED, map(_in_fewer, sorted(gone.fewer_projects)), by=by)
    await telling.messages_changed(by.company_id, gone.messages)


async def _switch_off(company_id: UUID, employees: Sequence[UUID], at: datetime) -> None:
    where = _of(company_id, "owner_id", employees)
    await select(
        f"""UPDATE email_account SET status = 'DISABLED', secret_sealed = NULL, incoming_secret_sealed = NULL,
                version = version + 1, settings_version = settings_version + 1,
                updated_at = ${len(where.values) + 1}
            WHERE {where}""",
        *where.values,
        at,
    )


async def _accounts(company_id: UUID, employees: Sequence[UUID]) -> tuple[Account, ...]:
    where = _of(company_id, "owner_id", employees)
    where.add("status <> 'DISABLED'")
    rows = await select(f"SELECT id, address, status FROM email_account WHERE {where}", *where.values)
    return tuple(Account(id=as_id(row["id"]), address=row["address"], status=row["status"]) for row in rows)


async def _tokens(company_id: UUID, employees: Sequence[UUID]) -> int:
    where = _of(company_id, "employee_id", employees)
    where.add("revoked_at IS NULL")
    rows = await select(f"SELECT COUNT(*) AS tokens FROM api_token WHERE {where}", *where.values)
    return int(rows[0]["tokens"])


async def _naming(company_id: UUID, table: str, column: str, ids: Sequence[UUID]) -> frozenset[UUID]:
    if not ids:
        return frozenset()
    where = _of(company_id, column, ids)
    rows = await select(f"SELECT DISTINCT account_id FROM {table} WHERE {where}", *where.values)
    return frozenset(as_id(row["account_id"]) for row in rows)


def _of(company_id: UUID, column: str, ids: Sequence[UUID]) -> Where:
    where = Where()
    where.add("company_id = {}", company_id)
    where.among_all(column, ids)
    return where


def _switched_off(account: Account) -> Deed:
    return Deed(
        subject=Subject("EmailAccount", account.id),
        summary=f"Switched {account.address} off: its owner has left",
        changes={"status": (account.status, "DISABLED")},
    )


def _for_fewer(account_id: UUID) -> Deed:
    subject = Subject("EmailAccount", account_id)
    return Deed(subject=subject, summary="Fewer may write as an address: who was chosen for it is removed")


def _in_fewer(account_id: UUID) -> Deed:
    subject = Subject("EmailAccount", account_id)
    return Deed(subject=subject, summary="An address has fewer projects: what was chosen for it is removed")


def _held(message_id: UUID) -> Deed:
    return Deed(subject=Subject("Message", message_id), summary="Held a message: its author has left")
