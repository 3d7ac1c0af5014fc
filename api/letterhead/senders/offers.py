"""The first address in line for many people in many places at once, as one statement.

What each person was given is read as a set. Of the company's addresses that are open to everybody, only the
first in line of each kind can matter, whoever writes: there may be many thousands of them.
"""

from collections.abc import Sequence
from uuid import UUID

from letterhead.senders.gaps import among
from letterhead.senders.ranking import COLUMNS, NAMES, Values
from letterhead.senders.rules import ORDER, Policy, Precedence, ResolutionRule, WhenNotReady

KINDS = {
    ResolutionRule.EMPLOYEE_PROJECT: "own = 1 AND linked = 1",
    ResolutionRule.EMPLOYEE_UNLINKED: "own = 1 AND linked = 0",
    ResolutionRule.COMPANY_PROJECT: "own = 0 AND linked = 1",
    ResolutionRule.COMPANY_UNLINKED: "own = 0 AND linked = 0",
}
TABLES = """
    places AS MATERIALIZED (
        SELECT p.id FROM project p WHERE p.company_id = {company} AND {projects} {outside}
    ),
    writers AS MATERIALIZED (SELECT e.id FROM employee e WHERE e.company_id = {company} AND {people}),
    given AS MATERIALIZED (
        SELECT ae.employee_id, ae.account_id FROM writers w
        JOIN account_employee ae ON ae.company_id = {company} AND ae.employee_id = w.id
        UNION SELECT gm.employee_id, ag.account_id FROM writers w
        JOIN group_member gm ON gm.company_id = {company} AND gm.employee_id = w.id
        JOIN account_group ag ON ag.company_id = {company} AND ag.group_id = gm.group_id
    ),
    usable AS MATERIALIZED (
        SELECT w.id AS writer, 1 AS own, {columns} FROM writers w
        JOIN email_account a ON a.company_id = {company} AND a.owner_id = w.id AND a.status <> 'DISABLED'
        UNION ALL SELECT g.employee_id, 0, {columns} FROM given g
        JOIN email_account a ON a.company_id = {company} AND a.id = g.account_id
        WHERE a.owner_id = {company} AND a.access_mode = 'SELECTED' AND a.status <> 'DISABLED'
    ),
    open_everywhere AS MATERIALIZED ({open_everywhere}),
    open_here AS MATERIALIZED (
        SELECT * FROM (
            SELECT ap.project_id, {columns},
                ROW_NUMBER() OVER (PARTITION BY ap.project_id ORDER BY {order}) AS nth
            FROM places c JOIN account_project ap ON ap.company_id = {company} AND ap.project_id = c.id
            JOIN email_account a ON a.company_id = {company} AND a.id = ap.account_id
            WHERE a.owner_id = {company} AND a.access_mode = 'ALL' AND a.scope_mode = 'SELECTED'
              AND a.status <> 'DISABLED'
        ) numbered WHERE nth = 1
    ),
    offers AS (
        SELECT c.id AS place, u.writer, u.own, 0 AS linked, {names} FROM places c CROSS JOIN (
            SELECT a.*, ROW_NUMBER() OVER (PARTITION BY a.writer, a.own ORDER BY {order}) AS nth
            FROM usable a WHERE a.scope_mode = 'ALL'
        ) u WHERE u.nth = 1
        UNION ALL SELECT c.id, a.writer, a.own, 1, {columns} FROM usable a
        JOIN account_project ap ON ap.company_id = {company} AND ap.account_id = a.id
        JOIN places c ON c.id = ap.project_id
        WHERE a.scope_mode = 'SELECTED'
        UNION ALL SELECT c.id, w.id, 0, 0, {columns}
        FROM places c CROSS JOIN writers w CROSS JOIN open_everywhere a
        UNION ALL SELECT a.project_id, w.id, 0, 1, {columns} FROM open_here a CROSS JOIN writers w
    )"""
OPEN_EVERYWHERE = """SELECT * FROM (SELECT {columns} FROM email_account a
    WHERE a.company_id = {company} AND a.owner_id = {company} AND a.access_mode = 'ALL'
      AND a.scope_mode = 'ALL' AND a.status {status}
    ORDER BY a.position, a.created_at, a.id LIMIT 1) {name}"""


def first_offers(
    company_id: UUID, places: Sequence[UUID | None], writers: Sequence[UUID], policy: Policy, values: Values
) -> str:
    """The statement: a row for each ``place`` and ``writer`` that have an address, the account's columns.

    ``places``: projects' ids; None: outside any.
    """
    company = values(company_id)
    statuses = ["<> 'DISABLED'", *(["= 'READY'"] if policy.when_not_ready is WhenNotReady.NEXT else [])]
    known = TABLES.format(
        company=company,
        columns=COLUMNS,
        names=", ".join(f"u.{name}" for name in NAMES),
        projects=among("p.id", [place for place in places if place], values),
        outside="UNION ALL SELECT NULL" if None in places else "",
        people=among("e.id", writers, values),
        order=in_order(policy, "a."),
        open_everywhere=" UNION ALL ".join(
            OPEN_EVERYWHERE.format(company=company, columns=COLUMNS, status=status, name=f"first_{number}")
            for number, status in enumerate(statuses)
        ),
    )
    return f"""WITH {known} SELECT place, writer, {", ".join(NAMES)} FROM (
        SELECT o.*, ROW_NUMBER() OVER (
            PARTITION BY place, writer ORDER BY {in_order(policy, "", tier=True)}) AS nth
        FROM offers o
    ) line WHERE nth = 1"""


def in_order(policy: Policy, prefix: str, *, tier: bool = False) -> str:
    """The order of the rules. To take the next that is ready is to put those that are not behind."""
    ready = f"CASE WHEN {prefix}status = 'READY' THEN 0 ELSE 1 END, "
    first = ready if policy.when_not_ready is WhenNotReady.NEXT else ""
    tiers = f"{_tier(policy.precedence)}, " if tier else ""
    return f"{first}{tiers}{prefix}position, {prefix}created_at, {prefix}id"


def _tier(precedence: Precedence) -> str:
    cases = (f"WHEN {KINDS[rule]} THEN {number}" for number, rule in enumerate(ORDER[precedence]))
    return f"CASE {' '.join(cases)} END"
