"""The ranking as SQL: a branch per rule and way of access, each reading its accounts in their order.

A branch stops as soon as it has enough. Where few accounts are linked to the project, or shared with the
employee, it begins with those; where they are many, it walks the accounts in order and asks each one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from letterhead.senders.rules import ORDER, Precedence, ResolutionRule

NAMES = (
    "id",
    "owner_id",
    "address",
    "address_key",
    "display_name",
    "status",
    "scope_mode",
    "position",
    "created_at",
)
COLUMNS = ", ".join(f"a.{name}" for name in NAMES)
PROJECT_RULES = frozenset({ResolutionRule.EMPLOYEE_PROJECT, ResolutionRule.COMPANY_PROJECT})
OWN_RULES = frozenset({ResolutionRule.EMPLOYEE_PROJECT, ResolutionRule.EMPLOYEE_UNLINKED})
MANY = 500
"""From here on asking each account in order finds the first ones sooner than sorting all that fit."""


class Values(list[Any]):
    """The values of a statement, in step with the names it calls them by."""

    def __call__(self, value: Any) -> str:
        if isinstance(value, UUID) and value in self:
            return f"${self.index(value) + 1}"
        self.append(value)
        return f"${len(self)}"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where somebody writes. ``many_links``, ``many_shares``: the project's accounts, the employee's."""

    company_id: UUID
    employee_id: UUID
    project_id: UUID | None
    many_links: bool = False
    many_shares: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """An account's place in the line. ``tier``: of its rule in the order of precedence."""

    tier: int
    position: int
    created_at: datetime
    id: UUID


def links(desk: Desk, values: Values) -> str:
    """The ids of the accounts that name the project."""
    company, project = values(desk.company_id), values(desk.project_id)
    return f"SELECT account_id FROM account_project WHERE company_id = {company} AND project_id = {project}"


def shares(desk: Desk, values: Values, *, of: str = "", distinct: bool = True) -> str:
    """The ids of the accounts that the employee was given, by name or through a group."""
    company, employee = values(desk.company_id), values(desk.employee_id)
    return f"""SELECT ae.account_id FROM account_employee ae
        WHERE ae.company_id = {company} AND ae.employee_id = {employee} {of and f"AND ae.account_id = {of}"}
        UNION {"" if distinct else "ALL"}
        SELECT ag.account_id FROM account_group ag
        JOIN group_member gm ON gm.company_id = {company} AND gm.group_id = ag.group_id
                            AND gm.employee_id = {employee}
        WHERE ag.company_id = {company} {of and f"AND ag.account_id = {of}"}"""


def is_linked(desk: Desk, values: Values) -> str:
    """The condition under which the account ``a`` names the project; outside any project none does."""
    if desk.project_id is None:
        return "1 = 0"
    # With an OFFSET PostgreSQL asks account by account, instead of joining all that are linked beforehand.
    return f"EXISTS ({links(desk, values)} AND account_id = a.id LIMIT 1 OFFSET 0)"


def is_shared(desk: Desk, values: Values) -> str:
    """The condition under which the employee was given the account ``a``."""
    return f"EXISTS ({shares(desk, values, of='a.id', distinct=False)})"


def may_use(desk: Desk, values: Values) -> str:
    """The condition under which the employee has access to the company account ``a``."""
    return f"(a.access_mode = 'ALL' OR {is_shared(desk, values)})"


def line(
    desk: Desk,
    precedence: Precedence,
    values: Values,
    *,
    limit: int,
    among: str = "",
    ready: bool = False,
    since: Place | None = None,
) -> str:
    """The first ``limit`` accounts that can be written from at ``desk``, in their order.

    ``among``: a statement of the few ids to choose from. ``ready``: only such. ``since``: where to begin.
    """
    union: list[str] = []
    for tier, rule in enumerate(ORDER[precedence]):
        if (rule in PROJECT_RULES and desk.project_id is None) or (since is not None and tier < since.tier):
            continue
        further = ["a.status = 'READY'" if ready else "a.status <> 'DISABLED'"]
        if since is not None and tier == since.tier:
            place = f"{values(since.position)}, {values(since.created_at)}, {values(since.id)}"
            further.append(f"(a.position, a.created_at, a.id) >= ({place})")
        for source, conditions, walked in _branches(rule, desk, values, among):
            stop = f" ORDER BY a.position, a.created_at, a.id LIMIT {limit}" if walked else ""
            where = " AND ".join([*conditions, *further])
            branch = f"SELECT {tier} AS tier, {COLUMNS} FROM {source} WHERE {where}{stop}"
            union.append(f"SELECT * FROM ({branch}) branch_{len(union)}")
    branches = " UNION ALL ".join(union)
    return f"SELECT * FROM ({branches}) line ORDER BY tier, position, created_at, id LIMIT {limit}"


def _branches(
    rule: ResolutionRule, desk: Desk, values: Values, among: str
) -> Iterator[tuple[str, list[str], bool]]:
    """Sources, their conditions, and whether to walk them in order: not where they are few to begin with."""
    own, project = rule in OWN_RULES, rule in PROJECT_RULES
    conditions = [
        f"a.company_id = {values(desk.company_id)}",
        f"a.owner_id = {values(desk.employee_id if own else desk.company_id)}",
        f"a.scope_mode = '{'SELECTED' if project else 'ALL'}'",
    ]
    few = among or (links(desk, values) if project and not own and not desk.many_links else "")
    if project and (among or own or desk.many_links):
        conditions.append(is_linked(desk, values))
    if few:
        access = [] if own else [may_use(desk, values)]
        yield _those_in(few), ["a.id = first.account_id", *conditions, *access], False
    elif own:
        yield "email_account a", conditions, False
    else:
        yield "email_account a", [*conditions, "a.access_mode = 'ALL'"], True
        conditions.append("a.access_mode = 'SELECTED'")
        if desk.many_shares:
            yield "email_account a", [*conditions, is_shared(desk, values)], True
        else:
            yield _those_in(shares(desk, values)), ["a.id = first.account_id", *conditions], False


def _those_in(ids: str) -> str:
    # SQLite joins in the order written when the join is called CROSS; PostgreSQL chooses for itself.
    return f"({ids}) first CROSS JOIN email_account a"
