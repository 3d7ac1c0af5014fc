"""What a change of an account would do to people, projects and queued mail, and what it would warn of.

Only what the account gives and would not give any more can be lost, so each question is about that account,
with all the others as they are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from letterhead.directory import people
from letterhead.senders.gaps import GAPS, tables
from letterhead.senders.ranking import Values
from letterhead.senders.terms import (
    Terms,
    has_somebody,
    may_write,
    serves_anywhere,
    serves_in,
)
from letterhead.senders.warnings import (
    Warning,  # noqa: A004 - the schema's word for it
    WarningCode,
    has_unlinked_address,
    of_account,
    warning,
)
from letterhead.store import models
from letterhead.store.database import as_id, select
from letterhead.store.pages import Page, PageRequest, page, read_key, text


@dataclass(frozen=True, kw_only=True)
class Impact:
    """``before``, ``after``: the terms compared. ``projects``: by name, those in which somebody would lose
    the only address to write from. ``queued``: messages that could leave now and would be held."""

    before: Terms
    after: Terms
    projects: tuple[UUID, ...]
    queued: int
    warnings: tuple[Warning, ...]


@dataclass(frozen=True, kw_only=True)
class _Lost:
    """``complete``: everybody in the project has an address to write from now."""

    project_id: UUID
    complete: bool


async def foresee(before: Terms, after: Terms, provider_keys: Collection[str]) -> Impact:
    """At most seven statements, whatever the size of the company."""
    lost = await _lost(before, after)
    return Impact(
        before=before,
        after=after,
        projects=tuple(one.project_id for one in lost),
        queued=await _to_be_held(before, after),
        warnings=await _caused(before, after, lost, provider_keys),
    )


async def caused_warnings(before: Terms, after: Terms, provider_keys: Collection[str]) -> tuple[Warning, ...]:
    """Those that would stand after the change and do not now."""
    return await _caused(before, after, await _lost(before, after), provider_keys)


async def losses(before: Terms, after: Terms) -> tuple[Warning, ...]:
    """Of those only what the company and its projects would lose."""
    return await _losses(before, after, await _lost(before, after))


def fresh_concerns(
    account_id: UUID, before: frozenset[WarningCode], after: frozenset[WarningCode]
) -> tuple[Warning, ...]:
    return tuple(warning(code, [account_id]) for code in WarningCode if code in after - before)


async def concerns(terms: Terms, provider_keys: Collection[str]) -> frozenset[WarningCode]:
    """Of what an account gives rise to a warning. Deleted, or not there yet: of nothing."""
    company = await models.Company.get(id=terms.company_id).only("retest_after_days")
    values = Values([terms.company_id])
    somebody = has_somebody(terms, values)
    conditions = {
        code: condition
        for code in WarningCode
        if (
            condition := of_account(code, provider_keys, company.retest_after_days, values, somebody=somebody)
        )
    }
    status = terms.status.value if terms.status else "DISABLED"
    columns = ", ".join(
        f"CASE WHEN {condition} THEN 1 ELSE 0 END AS c{number}"
        for number, condition in enumerate(conditions.values())
    )
    rows = await select(
        f"""SELECT {columns} FROM (
            SELECT id, owner_id, '{status}' AS status, '{terms.access_mode.value}' AS access_mode,
                provider_key, credential_expires_at, tested_at
            FROM email_account WHERE company_id = $1 AND id = {values(terms.account_id)}
        ) a""",
        *values,
    )
    return frozenset(code for row in rows for number, code in enumerate(conditions) if row[f"c{number}"])


async def _caused(
    before: Terms, after: Terms, lost: list[_Lost], provider_keys: Collection[str]
) -> tuple[Warning, ...]:
    found = await _losses(before, after, lost)
    if not after.serves:
        return found
    now, then = await concerns(before, provider_keys), await concerns(after, provider_keys)
    return (*found, *fresh_concerns(after.account_id, now, then))


async def _losses(before: Terms, after: Terms, lost: list[_Lost]) -> tuple[Warning, ...]:
    found = []
    if (
        before.unlinked
        and not after.unlinked
        and not await has_unlinked_address(before.company_id, besides=before.account_id)
    ):
        found.append(warning(WarningCode.NO_UNLINKED_ADDRESS))
    gaps = [one.project_id for one in lost if one.complete]
    if gaps:
        found.append(warning(WarningCode.PROJECT_WITHOUT_SENDER, gaps))
    return tuple(found)


async def _lost(before: Terms, after: Terms) -> list[_Lost]:
    """The projects in which somebody has only this address to write from, and would not have it there."""
    if not before.serves or before == after:
        return []
    values = Values()
    has = may_write(before, "w.id", values)
    keeps = f"({may_write(after, 'w.id', values)}) AND ({serves_in(after, 'c.id', values)})"
    known = tables(
        before.company_id,
        values,
        projects=serves_in(before, "p.id", values),
        besides=before.account_id,
    )
    rows = await select(
        f"""WITH {known} SELECT id, gaps FROM (
            SELECT c.id, c.name, SUM(CASE WHEN {has} THEN 0 ELSE 1 END) AS gaps,
                SUM(CASE WHEN {has} AND NOT ({keeps}) THEN 1 ELSE 0 END) AS lost
            FROM {GAPS} WHERE h.employee_id IS NULL GROUP BY c.id, c.name
        ) found WHERE lost > 0 ORDER BY name, id""",
        *values,
    )
    return [_Lost(project_id=as_id(row["id"]), complete=row["gaps"] == 0) for row in rows]


async def _to_be_held(before: Terms, after: Terms) -> int:
    """Its unfinished messages that nobody holds yet, whose author may write from it in their project now."""
    if not before.serves or before == after:
        return 0
    values = Values()
    company, account = values(before.company_id), values(before.account_id)
    now, then = (
        f"({may_write(terms, 'm.author_id', values)}) AND ({serves_in(terms, 'm.project_id', values)})"
        for terms in (before, after)
    )
    rows = await select(
        f"""SELECT COUNT(*) AS messages FROM message m
            JOIN email_account a ON a.company_id = {company} AND a.id = m.account_id
            JOIN employee e ON e.company_id = {company} AND e.id = m.author_id AND e.removed_at IS NULL
            WHERE m.company_id = {company} AND m.account_id = {account}
              AND m.finished_at IS NULL AND m.status <> 'HELD' AND m.next_attempt_at IS NOT NULL
              AND (LOWER(m.from_address) = a.address_key OR EXISTS (
                  SELECT 1 FROM sender_alias s WHERE s.company_id = {company} AND s.account_id = a.id
                  AND s.address_key = LOWER(m.from_address) AND s.proof <> 'REFUSED'))
              AND {now} AND NOT ({then})""",
        *values,
    )
    messages: int = rows[0]["messages"]
    return messages


async def people_losing_access(before: Terms, after: Terms, request: PageRequest) -> Page[people.Employee]:
    """Those, by name, who can write from it somewhere now and could not anywhere any more."""
    values = Values()
    company = values(before.company_id)
    now, then = (
        f"({may_write(terms, 'e.id', values)}) AND ({serves_anywhere(terms, values)})"
        for terms in (before, after)
    )
    since = ""
    if request.after is not None:
        key: tuple[Any, ...] = read_key(request.after, text, as_id)
        since = f"AND (e.name, e.id) > ({values(key[0])}, {values(key[1])})"
    rows = await select(
        f"""SELECT e.* FROM employee e
            WHERE e.company_id = {company} AND e.removed_at IS NULL AND {now} AND NOT ({then}) {since}
            ORDER BY e.name, e.id LIMIT {request.first + 1}""",
        *values,
    )
    found = [people.employee_from(row) for row in rows]
    return page(found, request, lambda employee: (employee.name, str(employee.id)))
