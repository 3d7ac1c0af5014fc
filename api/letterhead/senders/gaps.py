"""Who has no address to write from in which project, as SQL over whole sets, never person by person.

Whoever has an address for all projects has no gap anywhere, and where an address is open to everybody nobody
has one; so only the other people are looked for in the other projects.
"""

from collections.abc import Sequence
from uuid import UUID

from letterhead.senders.ranking import Values
from letterhead.store.database import as_id, select

SERVING = "a.company_id = {company} AND a.status <> 'DISABLED'{besides}"
OPEN = "a.owner_id = {company} AND a.access_mode = 'ALL'"
LIMITED = "a.owner_id = {company} AND a.access_mode = 'SELECTED'"
OPEN_EVERYWHERE = f"""EXISTS (
    SELECT 1 FROM email_account a WHERE {SERVING} AND {OPEN} AND a.scope_mode = 'ALL')"""
LINKED = "email_account a ON a.company_id = {company} AND a.id = ap.account_id AND a.scope_mode = 'SELECTED'"

TABLES = f"""
    closed AS MATERIALIZED (
        SELECT p.id, p.name FROM project p
        WHERE p.company_id = {{company}} AND {{projects}} AND NOT {OPEN_EVERYWHERE} AND NOT EXISTS (
            SELECT 1 FROM account_project ap JOIN {LINKED}
            WHERE ap.company_id = {{company}} AND ap.project_id = p.id AND {SERVING} AND {OPEN})
        {{outside}}
    ),
    everywhere AS MATERIALIZED (
        SELECT a.employee_id AS id FROM email_account a
        WHERE {SERVING} AND a.employee_id IS NOT NULL AND a.scope_mode = 'ALL'
        UNION SELECT ae.employee_id FROM email_account a
        JOIN account_employee ae ON ae.company_id = {{company}} AND ae.account_id = a.id
        WHERE {SERVING} AND {LIMITED} AND a.scope_mode = 'ALL'
        UNION SELECT gm.employee_id FROM group_member gm
        WHERE gm.company_id = {{company}} AND gm.group_id IN (
            SELECT ag.group_id FROM email_account a
            JOIN account_group ag ON ag.company_id = {{company}} AND ag.account_id = a.id
            WHERE {SERVING} AND {LIMITED} AND a.scope_mode = 'ALL')
    ),
    without AS MATERIALIZED (
        SELECT e.id, e.name FROM employee e LEFT JOIN everywhere v ON v.id = e.id
        WHERE e.company_id = {{company}} AND e.removed_at IS NULL AND v.id IS NULL
    ),
    links AS MATERIALIZED (
        SELECT ap.project_id, a.id AS account_id, a.employee_id FROM closed c
        JOIN account_project ap ON ap.company_id = {{company}} AND ap.project_id = c.id JOIN {LINKED}
        WHERE {SERVING} AND (a.employee_id IS NOT NULL OR a.access_mode = 'SELECTED')
    ),
    here AS MATERIALIZED (
        SELECT project_id, employee_id FROM links WHERE employee_id IS NOT NULL
        UNION SELECT l.project_id, ae.employee_id FROM links l
        JOIN account_employee ae ON ae.company_id = {{company}} AND ae.account_id = l.account_id
        WHERE l.employee_id IS NULL
        UNION SELECT g.project_id, gm.employee_id FROM (
            SELECT DISTINCT l.project_id, ag.group_id FROM links l
            JOIN account_group ag ON ag.company_id = {{company}} AND ag.account_id = l.account_id
            WHERE l.employee_id IS NULL
        ) g JOIN group_member gm ON gm.company_id = {{company}} AND gm.group_id = g.group_id
    )"""
OUTSIDE = f"UNION ALL SELECT NULL, NULL WHERE NOT {OPEN_EVERYWHERE}"
REACHED = """
    reached AS MATERIALIZED (
        SELECT h.project_id, COUNT(*) AS people FROM here h JOIN without w ON w.id = h.employee_id
        GROUP BY h.project_id
    )"""
GAPS = "closed c CROSS JOIN without w LEFT JOIN here h ON h.project_id = c.id AND h.employee_id = w.id"
"""The pairs of a project ``c`` and a person ``w``; those with ``h.employee_id IS NULL`` are the gaps."""


def tables(
    company_id: UUID,
    values: Values,
    *,
    projects: str = "1 = 1",
    outside: bool = False,
    besides: UUID | None = None,
) -> str:
    """The tables of a WITH clause: ``closed``, places where no address is open to everybody; ``without``,
    people who have no address for all projects; ``here``, who has one in which of those places.

    ``projects``: a condition on ``p``. ``outside``: whether the place outside any project, whose id is NULL,
    is among the places. ``besides``: an account that does not count.
    """
    names = {
        "company": values(company_id),
        "besides": f" AND a.id <> {values(besides)}" if besides else "",
    }
    return TABLES.format(**names, projects=projects, outside=OUTSIDE.format(**names) if outside else "")


def among(column: str, ids: Sequence[UUID], values: Values) -> str:
    """The condition that ``column`` is one of ``ids``; never when there are none, nor for NULL."""
    if not ids:
        return "1 = 0"
    return f"({column} IS NOT NULL AND {column} IN ({', '.join(map(values, ids))}))"


async def count_gaps(company_id: UUID, places: Sequence[UUID | None]) -> dict[UUID | None, int]:
    """How many employees have no address to write from in each project; None: outside any. One statement."""
    values = Values()
    wanted = among("p.id", [place for place in places if place], values)
    known = tables(company_id, values, projects=wanted, outside=None in places)
    rows = await select(
        f"""WITH {known}, {REACHED}
        SELECT c.id, (SELECT COUNT(*) FROM without) - COALESCE(r.people, 0) AS gaps
        FROM closed c LEFT JOIN reached r ON r.project_id = c.id""",
        *values,
    )
    found: dict[UUID | None, int] = dict.fromkeys(places, 0)
    return found | {as_id(row["id"]) if row["id"] else None: row["gaps"] for row in rows}


async def projects_with_gaps(company_id: UUID, most: int) -> tuple[list[UUID], int]:
    """The first projects, by name, in which somebody has no address to write from, and how many there are."""
    values = Values()
    rows = await select(
        f"""WITH {tables(company_id, values)}, {REACHED}
        SELECT c.id, COUNT(*) OVER () AS total FROM closed c LEFT JOIN reached r ON r.project_id = c.id
        WHERE COALESCE(r.people, 0) < (SELECT COUNT(*) FROM without) ORDER BY c.name, c.id LIMIT {most}""",
        *values,
    )
    return [as_id(row["id"]) for row in rows], rows[0]["total"] if rows else 0
