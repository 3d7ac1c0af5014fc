"""Tests as they are shown, to whoever may see them."""

from collections.abc import Sequence
from enum import Enum
from functools import cache
from itertools import repeat
from typing import Any
from uuid import UUID

from letterhead.identity.actor import Actor, Permission
from letterhead.store.database import as_id, select
from letterhead.store.pages import Page, PageRequest, pages_by_parent, ranked, read_key, shown
from letterhead.store.parts import Found, Given, Kind, Part
from letterhead.store.rows import rows_of
from letterhead.store.together import read
from letterhead.store.where import Where
from letterhead.trials.trial import Trial

STATUS = {"number": Kind.NUMBER, "id": Kind.WORD, "status": Kind.WORD}
TIMES = STATUS | dict.fromkeys(("started_at", "finished_at", "usable_until"), Kind.INSTANT)
ALL = TIMES | dict.fromkeys(("draft", "steps", "diagnosis", "suggestion"), Kind.TEXT)


class Width(Enum):
    """What is read of a test: its status alone; when it was, too; all, also what was tried and found, which
    is long."""

    STATUS = "STATUS"
    TIMES = "TIMES"
    ALL = "ALL"


COLUMNS = {Width.STATUS: STATUS, Width.TIMES: TIMES, Width.ALL: ALL}


async def show(trial_id: UUID, *, by: Actor) -> Trial | None:
    """A test that the asker started, or one of an account that the asker manages."""
    where = Where()
    where.add("t.company_id = {} AND t.id = {}", by.company_id, trial_id)
    where.add(*_may_see(by))
    rows = await select(f"SELECT t.* FROM account_test t WHERE {where}", *where.values)
    return Trial(rows[0]) if rows else None


async def by_ids(trial_ids: Sequence[UUID], *, by: Actor) -> dict[UUID, Trial]:
    where = Where()
    where.add("t.company_id = {}", by.company_id)
    where.among("t.id", list(trial_ids))
    where.add(*_may_see(by))
    rows = await select(f"SELECT t.* FROM account_test t WHERE {where}", *where.values)
    return {trial.id: trial for trial in map(Trial, rows)}


async def latest_of(account_ids: Sequence[UUID], *, by: Actor) -> dict[UUID, Trial | None]:
    """The newest test of each account, None where there is none that the asker may see."""
    found: dict[UUID, Trial | None]
    [found] = await read((latest(Width.ALL),), {"parents": list(account_ids)} | seen_by(by))
    return found


def seen_by(by: Actor) -> dict[str, Any]:
    """What ``latest`` has to be given of the asker."""
    return {
        "company": by.company_id,
        "caller": by.key,
        "employee": by.employee_id,
        "manages": by.may(Permission.MANAGE_COMPANY_ACCOUNTS),
    }


@cache
def latest(width: Width) -> Part:
    """The newest test of each of the accounts ``parents``, as far as an asker may see it.

    SQLite takes what stands beside a MAX from the row that has it (sqlite.org/lang_select.html, "Bare columns
    in an aggregate query"). PostgreSQL takes the condition for one that nearly no test fulfils, and would
    look through all accounts for each of them; of a CASE it believes that half do.
    """
    columns = COLUMNS[width]
    selected = ", ".join(f"t.{name}" for name in columns if name != "number")
    seen = f"CASE WHEN {MAY_SEE.format('{caller}', '{employee}', '{manages}')} THEN TRUE ELSE FALSE END"
    names = (*columns, "company_id", "account_id")

    def read_them(found: Found, given: Given) -> dict[UUID, Trial | None]:
        accounts = [given["parents"][number] for number in found[0]]
        trials = map(Trial, rows_of(names, (*found, repeat(given["company"]), accounts)))
        return dict.fromkeys(given["parents"]) | dict(zip(accounts, trials, strict=True))

    looked_at = f"""FROM {{parents.each}} CROSS JOIN account_test t
        WHERE t.account_id = each.id AND t.company_id = {{company}} AND {seen}"""
    return Part(
        columns=columns,
        sql=f"""SELECT DISTINCT ON (each.number) each.number, {selected} {looked_at}
            ORDER BY each.number, t.id DESC""",
        on_sqlite=f"SELECT each.number, {selected}, MAX(t.id) {looked_at} GROUP BY each.number",
        read=read_them,
    )


async def tests_of(
    account_ids: Sequence[UUID], request: PageRequest, *, by: Actor
) -> dict[UUID, Page[Trial]]:
    """The history of each account, newest first."""
    where = Where()
    where.add("t.company_id = {}", by.company_id)
    where.among("t.account_id", list(account_ids))
    where.add(*_may_see(by))
    if request.after is not None:
        where.add("t.id < {}", *read_key(request.after, as_id))
    rows = await select(
        f"""
        SELECT * FROM (
            SELECT t.*, {ranked("t.account_id", ["t.id"], descending=True)} AS rank
            FROM account_test t WHERE {where}
        ) found WHERE rank <= {request.first + 1} ORDER BY rank
        """,
        *where.values,
    )
    pages = pages_by_parent(
        rows,
        account_ids,
        request,
        parent=lambda row: as_id(row["account_id"]),
        key=lambda row: [str(row["id"])],
    )
    return {one: shown(found, Trial) for one, found in pages.items()}


MAY_SEE = "t.caller = {} OR t.owner_id = {} OR (t.owner_id = t.company_id AND {})"


def _may_see(by: Actor) -> tuple[str, object, object, bool]:
    return MAY_SEE, by.key, by.employee_id, by.may(Permission.MANAGE_COMPANY_ACCOUNTS)
