"""Where accounts are few: all that is asked at a desk in one statement, which judges each of them once.

Its first row says where somebody writes, the others are those of the parts. Where accounts are many, ``few``
is 0 and there are no parts: judging each of them would take too long.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from letterhead.senders.rows import (
    ALIAS,
    BY_POSITION,
    CANDIDATES,
    COLUMNS,
    DECIDING,
    EXCLUDED,
    IN_LINE,
    IN_ORDER,
    OF_ACCOUNT,
    OWN,
    PLACE,
    TIERS,
    number,
    part,
    verdict,
)
from letterhead.senders.rules import ExclusionReason

FEW = 500
"""Up to here, judging each of a company's accounts is faster than looking for the first in line."""

DESK = "few, precedence, when_not_ready, project_name, employee_name, any_accounts, links, shares"
NO_DESK = ", NULL" * len(DESK.split(","))
WITHOUT_KEYS = f"""verdict, id, address, CASE WHEN part < {EXCLUDED} THEN address_key END AS address_key,
    display_name, ready, CASE part WHEN {DECIDING} THEN position END AS position,
    CASE part WHEN {DECIDING} THEN created_at END AS created_at, alias_position"""
ONLY_DESK = """0 AS part, 0 AS verdict, CAST(NULL AS uuid) AS id, NULL AS address, NULL AS address_key,
    NULL AS display_name, CAST(NULL AS boolean) AS ready, 0 AS position,
    CAST(NULL AS timestamptz) AS created_at, -1 AS alias_position"""


@dataclass(frozen=True)
class Shape:
    """What a statement depends on, beside its values.

    ``project``, ``account``, ``key``: whether there is one. ``choice``: whether an account or an address was
    chosen. ``candidates``, ``excluded``: how many are asked for. ``keys``: also what their cursors are made
    of. ``everything``: also those that the employee may not know of.
    """

    project: bool = False
    account: bool = False
    key: bool = False
    choice: bool = False
    candidates: int | None = None
    excluded: int | None = None
    keys: bool = False
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
        return f"""SELECT account_id FROM account_project
            WHERE company_id = {self.company} AND project_id = {self.project}"""

    @property
    def shares(self) -> str:
        return f"""SELECT account_id FROM account_employee
            WHERE company_id = {self.company} AND employee_id = {self.employee}
            UNION ALL SELECT ag.account_id FROM group_member gm
            JOIN account_group ag ON ag.company_id = {self.company} AND ag.group_id = gm.group_id
            WHERE gm.company_id = {self.company} AND gm.employee_id = {self.employee}"""


@lru_cache(maxsize=500)
def statement(shape: Shape, few: int, many: int) -> str:
    """``few``: how many accounts are judged at most. ``many``: how far links and shares are counted."""
    names = _names(shape)
    are_few = f"""CASE WHEN EXISTS (
        SELECT 1 FROM email_account WHERE company_id = {names.company}
        ORDER BY position, created_at, id LIMIT 1 OFFSET {few}
    ) THEN 0 ELSE 1 END"""
    parts = " UNION ALL ".join(_parts(shape, names))
    return f"""WITH {_desk(names, are_few, many)}, {", ".join(_judged(shape, names, few))}
        SELECT part, {COLUMNS if shape.keys else WITHOUT_KEYS}, {DESK}
        FROM (SELECT {ONLY_DESK}, {DESK} FROM desk UNION ALL {parts}) told {IN_ORDER}"""


def _names(shape: Shape) -> _Names:
    numbers = iter(range(1, 6))
    given = (True, True, shape.project, shape.account, shape.key)
    return _Names(*(f"${next(numbers)}" if is_given else "" for is_given in given))


@lru_cache(maxsize=4)
def desk(shape: Shape, many: int) -> str:
    """The statement that says nothing else than where somebody writes."""
    return f"WITH {_desk(_names(shape), '0', many)} SELECT {DESK} FROM desk"


def _desk(names: _Names, are_few: str, many: int) -> str:
    """And the ids of the accounts that are linked and shared; of many no more than are counted."""
    company, employee = names.company, names.employee
    all_of_few = f"LIMIT (SELECT CASE few WHEN 1 THEN 1000000000 ELSE {many} END FROM size)"
    links = f"links AS MATERIALIZED ({names.links} {all_of_few})," if names.project else ""
    counted = "CASE size.few WHEN 1 THEN 0 ELSE (SELECT COUNT(*) FROM {}) END"
    project = f"(SELECT name FROM project WHERE company_id = {company} AND id = {names.project})"
    return f"""size AS MATERIALIZED (SELECT {are_few} AS few),
        {links} shares AS MATERIALIZED ({names.shares} {all_of_few}),
        desk AS MATERIALIZED (
            SELECT size.few, c.precedence, c.when_not_ready,
                {project if names.project else "NULL"} AS project_name,
                (SELECT name FROM employee
                 WHERE company_id = {company} AND id = {employee} AND removed_at IS NULL) AS employee_name,
                CASE WHEN EXISTS (SELECT 1 FROM email_account
                    WHERE company_id = {company} AND owner_id IN ({company}, {employee})
                ) THEN 1 ELSE 0 END AS any_accounts,
                {counted.format("links") if names.project else "0"} AS links,
                {counted.format("shares")} AS shares
            FROM company c CROSS JOIN size WHERE c.id = {company}
        )"""


def _judged(shape: Shape, names: _Names, few: int) -> Iterator[str]:
    """The accounts, each with its verdict, and the aliases of those in line, as far as they can matter."""
    tier = verdict(
        company=names.company,
        employee=names.employee,
        accessible="a.id IN (SELECT account_id FROM shares)",
        linked="a.id IN (SELECT account_id FROM links)" if names.project else "1 = 0",
        precedence="(SELECT precedence FROM desk)",
        disabled_first=shape.everything,
    )
    yield f"""judged AS MATERIALIZED (
        SELECT {tier} AS tier, {OF_ACCOUNT} FROM (
            SELECT {OF_ACCOUNT}, a.owner_id, a.access_mode, a.scope_mode FROM email_account a
            WHERE a.company_id = {names.company} LIMIT {few}
        ) a WHERE (SELECT few FROM size) = 1)"""
    if shape.candidates is not None or shape.excluded is not None:
        first = "" if shape.excluded is not None else f"ORDER BY {PLACE} LIMIT {shape.candidates}"
        yield f"""aliases AS MATERIALIZED (
            SELECT {ALIAS}, s.proof FROM (SELECT * FROM judged a WHERE a.tier < {TIERS} {first}) a
            JOIN sender_alias s ON s.company_id = {names.company} AND s.account_id = a.id)"""
    yield f"firsts AS MATERIALIZED ({_firsts(shape, names)})"


def _parts(shape: Shape, names: _Names) -> Iterator[str]:
    yield part(DECIDING, f"SELECT {OWN} FROM firsts a", besides=NO_DESK)
    if shape.key:
        yield part(
            DECIDING,
            f"""SELECT {ALIAS} FROM firsts a JOIN sender_alias s ON s.company_id = {names.company}
                AND s.account_id = a.id AND s.address_key = {names.key} AND s.proof <> 'REFUSED'""",
            besides=NO_DESK,
        )
    if shape.candidates is not None:
        yield part(
            CANDIDATES,
            f"""SELECT * FROM (
                SELECT {OWN} FROM judged a WHERE a.tier < {TIERS}
                UNION ALL SELECT {COLUMNS} FROM aliases WHERE proof <> 'REFUSED'
            ) line {IN_LINE} LIMIT {shape.candidates}""",
            besides=NO_DESK,
        )
    if shape.excluded is not None:
        yield part(EXCLUDED, _excluded(shape.excluded, everything=shape.everything), besides=NO_DESK)


def _excluded(most: int, *, everything: bool) -> str:
    unknown = f"{number(ExclusionReason.NO_ACCESS)}, {number(ExclusionReason.OTHER_EMPLOYEE)}"
    known = "" if everything else f"AND a.tier NOT IN ({unknown})"
    refused = COLUMNS.replace("verdict", f"{number(ExclusionReason.REFUSED_AS_SENDER)} AS verdict")
    of_no_use = COLUMNS.replace("display_name, ready", "NULL AS display_name, CAST(NULL AS boolean) AS ready")
    return f"""SELECT {of_no_use} FROM (
            SELECT {OWN} FROM judged a WHERE a.tier >= {TIERS} {known}
            UNION ALL SELECT {refused} FROM aliases WHERE proof = 'REFUSED'
        ) others {BY_POSITION} LIMIT {most}"""


def _firsts(shape: Shape, names: _Names) -> str:
    """The account that was named, the first in line and the first that is ready, if they can matter."""
    among = []
    if shape.account:
        among.append(f"a.id = {names.account}")
    elif shape.key:
        among.append(
            f"""(a.address_key = {names.key} OR a.id IN (SELECT account_id FROM sender_alias
                WHERE company_id = {names.company} AND address_key = {names.key} AND proof <> 'REFUSED'))"""
        )
    if not shape.choice:
        among += ["1 = 1", "a.status = 'READY' AND (SELECT when_not_ready FROM desk) = 'NEXT'"]
    return " UNION ALL ".join(
        f"""SELECT * FROM (
            SELECT * FROM judged a WHERE a.tier < {TIERS} AND {one} ORDER BY {PLACE} LIMIT 1
        ) first_{nth}"""
        for nth, one in enumerate(among)
    )
