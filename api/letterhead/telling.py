"""What webhooks are told: written down in the transaction of the change itself, so that there is never the
one without the other. Ids and facts, no address, no content and no secret."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from letterhead.opaque import opaque_id
from letterhead.store import models
from letterhead.store.database import Row, as_id, as_instant, as_json, is_postgres, now, select
from letterhead.store.listed import among_ids, ids

Event = tuple[str, Mapping[str, Any]]
"""Its type, such as ``message.sent``, and its data."""


class WebhookEvent(StrEnum):
    """What a webhook may want to know of."""

    MESSAGE = "MESSAGE"
    ACCOUNT = "ACCOUNT"
    TEST = "TEST"


OFF = frozenset({"AFTER_CHANGE", "NEVER"})
"""A webhook whose problem says that trying again is of no use is switched off."""

UNDER_WAY = frozenset({"QUEUED", "SENDING"})


async def messages_changed(company_id: UUID, message_ids: Sequence[UUID], what: str | None = None) -> None:
    """Call it in the transaction, after the change. ``what``: other than the messages' new status."""
    listeners = await _listeners(company_id, WebhookEvent.MESSAGE) if message_ids else []
    if not listeners:
        return
    recipients: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for row in await select(
        f"""SELECT message_id, status, COUNT(*) AS several FROM recipient
            WHERE company_id = $1 AND message_id IN {among_ids("$2")}
            GROUP BY message_id, status ORDER BY status""",
        company_id,
        ids(message_ids),
    ):
        recipients[as_id(row["message_id"])][row["status"]] = row["several"]
    messages = await select(
        f"""SELECT id, status, account_id, attempt_count, next_attempt_at, held_because
            FROM message WHERE company_id = $1 AND id IN {among_ids("$2")}""",
        company_id,
        ids(message_ids),
    )
    told = [one for one in messages if what or one["status"] not in UNDER_WAY]
    events = [
        (f"message.{what or one['status'].lower()}", _of_message(one, recipients[as_id(one["id"])]))
        for one in told
    ]
    await _write_down(company_id, listeners, events)


def _of_message(message: Row, recipients: Mapping[str, int]) -> dict[str, Any]:
    return {
        "messageId": opaque_id("Message", as_id(message["id"])),
        "accountId": _id_of("EmailAccount", message["account_id"]),
        "status": message["status"],
        "recipients": dict(recipients),
        "attempts": message["attempt_count"],
        "nextAttemptAt": _instant(message["next_attempt_at"]),
        "heldBecause": (as_json(message["held_because"]) or {}).get("code"),
    }


async def accounts_changed(company_id: UUID, changes: Iterable[tuple[UUID, str]]) -> None:
    """In the transaction of the changes, each such as ``saved``, ``paused``, ``ready``, ``deleted``."""
    if listeners := await _listeners(company_id, WebhookEvent.ACCOUNT):
        events = [
            (f"account.{what}", {"accountId": opaque_id("EmailAccount", account_id)})
            for account_id, what in changes
        ]
        await _write_down(company_id, listeners, events)


async def test_ended(test_id: UUID) -> None:
    """Call it in the transaction, after the test's end is written."""
    [test] = await select("SELECT company_id, account_id, status FROM account_test WHERE id = $1", test_id)
    company_id = as_id(test["company_id"])
    if listeners := await _listeners(company_id, WebhookEvent.TEST):
        data = {
            "testId": opaque_id("AccountTest", test_id),
            "accountId": _id_of("EmailAccount", test["account_id"]),
            "status": test["status"],
        }
        await _write_down(company_id, listeners, [("test.ended", data)])


async def _listeners(company_id: UUID, event: WebhookEvent) -> list[UUID]:
    """Kept from being deleted until the transaction ends."""
    lock = "FOR KEY SHARE" if is_postgres() else ""
    rows = await select(f"SELECT id, events, problem FROM webhook WHERE company_id = $1 {lock}", company_id)
    return [
        as_id(row["id"])
        for row in rows
        if event in as_json(row["events"]) and (as_json(row["problem"]) or {}).get("retry") not in OFF
    ]


async def _write_down(company_id: UUID, listeners: list[UUID], events: Sequence[Event]) -> None:
    at = now()
    await models.WebhookDelivery.bulk_create(
        models.WebhookDelivery(
            company_id=company_id,
            webhook_id=webhook_id,
            event=kind,
            payload={"type": kind, "timestamp": _instant(at), "data": data},
            created_at=at,
            next_attempt_at=at,
        )
        for webhook_id in listeners
        for kind, data in events
    )


def _id_of(kind: str, key: Any) -> str | None:
    return opaque_id(kind, as_id(key)) if key else None


def _instant(value: Any) -> str | None:
    return as_instant(value).isoformat().replace("+00:00", "Z") if value else None
