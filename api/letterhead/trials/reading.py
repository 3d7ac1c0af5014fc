"""Tests as they are shown, to whoever may see them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from letterhead.identity.actor import Actor, Permission
from letterhead.store.database import as_id, select
from letterhead.store.pages import Page, PageRequest, pages_by_parent, ranked, read_key, shown
from letterhead.store.together import Kind, Together, Values
from letterhead.store.where import Where
from letterhead.trials.trial import Trial

SHORT = {"number": Kind.NUMBER, "id": Kind.ID, "status": Kind.TEXT}
SHORT |= dict.fromkeys(("started_at", "finished_at", "usable_until"), Kind.INSTANT)
ALL = SHORT | dict.fromkeys(("draft", "steps", "diagnosis", "suggestion"), Kind.TEXT)


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


async def latest_of(account_ids: Sequence[UUID], *, by: Actor) -> dict[UUID, Trial]:
    """The newest test of each account."""
    together = Together()
    add_latest(together, account_ids, by=by)
    found: dict[UUID, Trial]
    [found] = await together.read()
    return found


def add_latest(together: Together, account_ids: Sequence[UUID], *, by: Actor, wide: bool = True) -> None:
    """Accounts without a test that the asker may see are left out.

    ``wide``: with what was tested, each step, and what came of it, which are long.
    """
    condition, *values = _may_see(by)
    seen, columns = condition.format(*map(together.value, values)), ALL if wide else SHORT
    selected = ", ".join(f"t.{name}" for name in columns if name != "number")
    sql = f"""SELECT * FROM (
            SELECT each.number, {selected}, {ranked("t.account_id", ["t.id"], descending=True)} AS rank
            FROM {together.each(account_ids)} CROSS JOIN account_test t
            WHERE t.account_id = each.id AND t.company_id = {together.value(by.company_id)} AND ({seen})
        ) found WHERE rank = 1"""

    def read(rows: Iterable[Values]) -> dict[UUID, Trial]:
        found = {}
        for row in rows:
            account_id = account_ids[row[0]]
            stored = dict(zip(columns, row, strict=True), account_id=account_id, company_id=by.company_id)
            found[account_id] = Trial(stored)
        return found

    together.add(columns, sql, place="rank", read=read)


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


def _may_see(by: Actor) -> tuple[str, object, object, bool]:
    return (
        "t.caller = {} OR t.owner_id = {} OR (t.owner_id = t.company_id AND {})",
        by.key,
        by.employee_id,
        by.may(Permission.MANAGE_COMPANY_ACCOUNTS),
    )
