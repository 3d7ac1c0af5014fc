"""Where accounts are few: all that is asked at a desk in one statement, which judges each of them once.

Every row says where somebody writes, and carries an account of one of the parts, or none. Where accounts are
many, ``few`` is 0 and there are no parts: judging each of them would take too long.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from letterhead.senders.ranking import COLUMNS
from letterhead.senders.rows import ALIAS, CANDIDATES, DECIDING, EXCLUDED, IN_ORDER, NO_ALIAS, PLACE, part
from letterhead.senders.rules import ORDER, Precedence, ResolutionRule

FEW = 500
"""Up to here, judging each of a company's accounts is faster than looking for the first in line."""


@dataclass(frozen=True)
class Shape:
    """What a statement depends on, beside its values.

    ``project``, ``account``, ``key``: whether there is one. ``choice``: whether an account or an address was
    chosen. ``candidates``, ``excluded``: how many are asked for. ``everything``: also those that the employee
    may not know of.
    """

    project: bool = False
    account: bool = False
    key: bool = False
    choice: bool = False
    candidates: int | None = None
    excluded: int | None = None
    everything: bool = False


@dataclass(frozen=True)
class _Names:
    """Of the values, which are given in this order, without those that there are none of."""

    company: str
    employee: str
    project: str
    account: str
    key: str

    @property
    def links(self) -> str:
        if not self.project:
            return "SELECT 1 WHERE 1 = 0"
        return f"""SELECT account_id FROM account_project
            WHERE company_id = {self.company} AND project_id = {self.project}"""

    @property
    def shares(self) -> str:
        return f"""SELECT account_id FROM account_employee
            WHERE company_id = {self.company} AND employee_id = {self.employee}
            UNION ALL SELECT ag.account_id FROM group_member gm
            JOIN account_group ag ON ag.company_id = {self.company} AND ag.group_id = gm.group_id
            WHERE gm.company_id = {self.company} AND gm.employee_id = {self.employee}"""

    @property
    def known(self) -> str:
        """The condition under which the employee may know of the judged account ``a``."""
        return f"(a.owner_id = {self.employee} OR (a.owner_id = {self.company} AND a.accessible = 1))"

    @property
    def available(self) -> str:
        return f"(a.status <> 'DISABLED' AND (a.scope_mode = 'ALL' OR a.linked = 1) AND {self.known})"


@lru_cache(maxsize=500)
def statement(shape: Shape, few: int, many: int) -> str:
    """``few``: how many accounts are judged at most. ``many``: how far links and shares are counted."""
    names = _names(shape)
    parts = " UNION ALL ".join(_parts(shape, names))
    linked = f"a.id IN ({names.links})" if names.project else "1 = 0"
    are_few = f"""CASE WHEN EXISTS (
        SELECT 1 FROM email_account WHERE company_id = {names.company}
        ORDER BY position, created_at, id LIMIT 1 OFFSET {few}
    ) THEN 0 ELSE 1 END"""
    return f"""WITH {_desk(names, are_few, many)},
        judged AS MATERIALIZED (
            SELECT {COLUMNS}, {_tier(names)} AS tier,
                CASE WHEN a.access_mode = 'ALL' OR a.id IN ({names.shares}) THEN 1 ELSE 0 END AS accessible,
                CASE WHEN {linked} THEN 1 ELSE 0 END AS linked
            FROM (
                SELECT {COLUMNS}, a.access_mode FROM email_account a
                WHERE a.company_id = {names.company} ORDER BY a.position, a.created_at, a.id LIMIT {few}
            ) a WHERE (SELECT few FROM desk) = 1
        ),
        line AS (SELECT * FROM judged a WHERE {names.available})
        SELECT desk.*, p.* FROM desk LEFT JOIN ({parts}) p ON 1 = 1 {IN_ORDER}"""


def _names(shape: Shape) -> _Names:
    numbers = iter(range(1, 6))
    given = (True, True, shape.project, shape.account, shape.key)
    return _Names(*(f"${next(numbers)}" if is_given else "" for is_given in given))


@lru_cache(maxsize=4)
def desk(shape: Shape, many: int) -> str:
    """The statement that says nothing else than where somebody writes."""
    return f"WITH {_desk(_names(shape), '0', many)} SELECT * FROM desk"


def _desk(names: _Names, are_few: str, many: int) -> str:
    company, employee = names.company, names.employee
    owned_by = f"EXISTS (SELECT 1 FROM email_account WHERE company_id = {company} AND owner_id"
    project = f"(SELECT name FROM project WHERE company_id = {company} AND id = {names.project})"
    return f"""size AS MATERIALIZED (SELECT {are_few} AS few), desk AS MATERIALIZED (
        SELECT size.few, c.precedence, c.when_not_ready,
            {project if names.project else "NULL"} AS project_name,
            (SELECT name FROM employee
             WHERE company_id = {company} AND id = {employee} AND removed_at IS NULL) AS employee_name,
            CASE WHEN {owned_by} = {company}) OR {owned_by} = {employee}) THEN 1 ELSE 0 END AS any_accounts,
            CASE size.few WHEN 1 THEN 0
                ELSE (SELECT COUNT(*) FROM ({names.links} LIMIT {many}) l) END AS links,
            CASE size.few WHEN 1 THEN 0
                ELSE (SELECT COUNT(*) FROM ({names.shares} LIMIT {many}) s) END AS shares
        FROM company c CROSS JOIN size WHERE c.id = {company})"""


def _tier(names: _Names) -> str:
    """The place of an account's rule, if it can be chosen, under the company's precedence."""
    kinds = {
        ResolutionRule.EMPLOYEE_PROJECT: f"a.owner_id = {names.employee} AND a.scope_mode = 'SELECTED'",
        ResolutionRule.EMPLOYEE_UNLINKED: f"a.owner_id = {names.employee}",
        ResolutionRule.COMPANY_PROJECT: "a.scope_mode = 'SELECTED'",
        ResolutionRule.COMPANY_UNLINKED: "1 = 1",
    }

    def place(rule: ResolutionRule) -> str:
        cases = (f"WHEN '{one}' THEN {ORDER[one].index(rule)}" for one in Precedence)
        return f"CASE (SELECT precedence FROM desk) {' '.join(cases)} END"

    return f"CASE {' '.join(f'WHEN {condition} THEN {place(rule)}' for rule, condition in kinds.items())} END"


def _parts(shape: Shape, names: _Names) -> Iterator[str]:
    yield part(DECIDING, _deciding(shape, names))
    alias = f"sender_alias s ON s.company_id = {names.company} AND s.account_id = a.id"
    if shape.candidates is not None:
        first = f"SELECT * FROM line a ORDER BY {PLACE} LIMIT {shape.candidates}"
        yield part(
            CANDIDATES,
            f"""SELECT a.*, {ALIAS} FROM ({first}) a LEFT JOIN {alias} AND s.proof <> 'REFUSED'
            ORDER BY {PLACE}, s.position, s.address_key LIMIT {shape.candidates}""",
        )
    if shape.excluded is not None:
        known = "1 = 1" if shape.everything else names.known
        yield part(
            EXCLUDED,
            f"""SELECT a.*, {NO_ALIAS} FROM judged a WHERE NOT {names.available} AND {known}
            ORDER BY a.position, a.created_at, a.id LIMIT {shape.excluded}""",
        )
        yield part(
            EXCLUDED,
            f"""SELECT a.*, {ALIAS} FROM line a JOIN {alias} AND s.proof = 'REFUSED'
            ORDER BY a.position, a.created_at, a.id, s.position, s.address_key LIMIT {shape.excluded}""",
        )


def _deciding(shape: Shape, names: _Names) -> str:
    """The account that was named, the first in line and the first that is ready, as far as each can matter.

    The first in line is among the candidates already.
    """
    among = []
    if shape.account:
        among.append(f"a.id = {names.account}")
    elif shape.key:
        among.append(
            f"""a.address_key = {names.key} OR a.id IN (SELECT account_id FROM sender_alias
                WHERE company_id = {names.company} AND address_key = {names.key} AND proof <> 'REFUSED')"""
        )
    if not shape.choice:
        among += ["a.status = 'READY' AND (SELECT when_not_ready FROM desk) = 'NEXT'"]
        among += ["1 = 1"] if shape.candidates is None else []
    union = " UNION ALL ".join(
        f"SELECT * FROM (SELECT * FROM line a WHERE {one} ORDER BY {PLACE} LIMIT 1) first_{number}"
        for number, one in enumerate(among)
    )
    if not shape.key:
        return f"SELECT a.*, {NO_ALIAS} FROM ({union}) a"
    return f"""SELECT a.*, {ALIAS} FROM ({union}) a LEFT JOIN sender_alias s
        ON s.company_id = {names.company} AND s.account_id = a.id AND s.address_key = {names.key}"""
