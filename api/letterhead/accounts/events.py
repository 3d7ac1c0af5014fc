"""What happens to the accounts that somebody may know of, in order: nothing is missed or seen twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from letterhead.accounts import reading
from letterhead.accounts.account import Account, Selection
from letterhead.audit.log import Action
from letterhead.errors import NotAnswerable
from letterhead.identity.actor import Actor
from letterhead.store.database import Row, as_id, as_instant, as_json, select

MOST_AT_ONCE = 10
LOOK_BACK = 100
"""How many of the company's events are searched for the latest one that the asker may know of."""

COLUMNS = "event_number, at, action, subject_id, changes"


@dataclass(frozen=True, kw_only=True)
class AccountEvent:
    """``number``: its place among the company's events, which have no gaps. ``account``: as it is now; None
    when it is gone or the asker may not know of it."""

    number: int
    at: datetime
    action: Action
    account_id: UUID
    account: Account | None


@dataclass(frozen=True, kw_only=True)
class Events:
    """``up_to``: the last number that was looked at, whether or not the asker may know of it. ``more``: there
    may be."""

    found: Sequence[AccountEvent]
    up_to: int
    more: bool


async def after(number: int, *, by: Actor) -> Events:
    """The next ones that the asker may know of; ``up_to`` stays ``number`` when there is nothing new."""
    rows = await select(
        f"""SELECT {COLUMNS} FROM audit_entry WHERE company_id = $1 AND event_number > $2
            ORDER BY event_number LIMIT {MOST_AT_ONCE}""",
        by.company_id,
        number,
    )
    up_to = rows[-1]["event_number"] if rows else number
    return Events(found=await _known(rows, by), up_to=up_to, more=len(rows) == MOST_AT_ONCE)


async def before_latest(*, by: Actor) -> int:
    """The number after which the first event is the latest one that the asker may know of."""
    rows = await select(
        f"""SELECT {COLUMNS} FROM audit_entry WHERE company_id = $1 AND event_number IS NOT NULL
            ORDER BY event_number DESC LIMIT {LOOK_BACK}""",
        by.company_id,
    )
    known = await _known(rows, by)
    if known:
        return known[0].number - 1
    return rows[0]["event_number"] if rows else 0


async def check(number: int, *, by: Actor) -> None:
    """Raises NotAnswerable (BAD_INPUT) unless everything after ``number`` can still be told."""
    [company] = await select("SELECT event_count FROM company WHERE id = $1", by.company_id)
    if not 0 <= number <= company["event_count"]:
        raise not_a_cursor()
    if number < company["event_count"]:
        following = await select(
            "SELECT 1 AS one FROM audit_entry WHERE company_id = $1 AND event_number = $2",
            by.company_id,
            number + 1,
        )
        if not following:
            raise NotAnswerable(
                "BAD_INPUT",
                "What happened after this cursor is no longer kept.",
                "Leave since out, and read emailAccounts once you are subscribed.",
            )


def not_a_cursor() -> NotAnswerable:
    return NotAnswerable(
        "BAD_INPUT",
        "since is not the cursor of an event here.",
        "Take it from AccountEvent.cursor, or leave it out and read emailAccounts once you are subscribed.",
    )


async def _known(rows: Sequence[Row], by: Actor) -> list[AccountEvent]:
    """Those about accounts that the asker may know of now. A deleted account cannot be asked about any more:
    its event is shown to who sees every account, and to whom it was open without being chosen."""
    ids = {as_id(row["subject_id"]) for row in rows}
    visible = await reading.by_ids([*ids], by=by) if ids else {}
    return [
        AccountEvent(
            number=row["event_number"],
            at=as_instant(row["at"]),
            action=Action(row["action"]),
            account_id=as_id(row["subject_id"]),
            account=visible.get(as_id(row["subject_id"])),
        )
        for row in rows
        if reading.sees_every_account(by) or as_id(row["subject_id"]) in visible or _was_open(row, by)
    ]


def _was_open(row: Row, by: Actor) -> bool:
    if row["action"] != Action.ACCOUNT_DELETED or by.employee_id is None:
        return False
    before = {change["field"]: change["before"] for change in as_json(row["changes"])}
    if before.get("owner") == str(by.company_id):
        return before.get("access") == Selection.ALL
    return before.get("owner") == str(by.employee_id)
