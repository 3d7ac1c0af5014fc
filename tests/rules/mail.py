"""Messages: decided when they are written, and again when their time comes."""

import asyncio
import contextlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from letterhead.news import News
from letterhead.outbox.queue import TOPIC
from letterhead.schema.ids import row_id
from letterhead.store import models
from letterhead.store.database import now
from rules import asked, happening, model
from rules.model import Choice, Letter
from rules.office import Office
from rules.steps import Ask, Retry, TimeComes, Write

LATER = (datetime.now(UTC) + timedelta(days=30)).isoformat()
PATIENCE_SECONDS = 20
REFUSALS = {"CHOICE_NOT_AVAILABLE": "SENDER_NOT_AVAILABLE"}
"""What is not listed is NO_SENDER."""


async def ask(office: Office, step: Ask) -> None:
    """As the writer, and as who may write for others."""
    context = await _askable(office, step)
    if context is None:
        return
    expected = model.resolve(office.firm, step.person, step.project, step.wish)
    for caller in (office.callers[step.person], office.admin, office.callers["service"]):
        found = (await caller.ask(asked.RESOLVE, **{"for": context}))["resolveSender"]
        assert found["explanation"]
        assert decided(office, found) == expected


async def _askable(office: Office, step: Ask | Write) -> dict[str, Any] | None:
    """The context, if there are such a person and project; if not, nobody is answered."""
    there = step.project is None or step.project in office.firm.projects
    if step.person in office.firm.present and there:
        return office.context(step.person, step.project, step.wish)
    if step.person in office.names and (step.project is None or step.project in office.names):
        context = office.context(step.person, step.project)
        answer = await office.admin.answer(asked.RESOLVE, **{"for": context})
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["NOT_FOUND"]
    return None


def decided(office: Office, found: dict[str, Any]) -> Choice | str:
    if "reason" in found:
        reason: str = found["reason"]
        return reason
    return choice(office, found)


def choice(office: Office, found: dict[str, Any]) -> Choice:
    number = office.known(found["account"])
    assert isinstance(number, int)
    return Choice(number, found["from"].partition("@")[0], found["rule"], found["ready"])


async def write(office: Office, step: Write) -> None:
    context = await _askable(office, step)
    if context is None:
        return
    expected = model.resolve(office.firm, step.person, step.project, step.wish)
    given = {
        "idempotencyKey": secrets.token_hex(8),
        "context": context,
        "to": [{"address": office.at("contact")}],
        "subject": f"Letter {len(office.letters)}",
        "text": "Hello",
        "notBefore": LATER,
    }
    payload = await office.callers[step.person].do(asked.WRITE, given)
    if isinstance(expected, str):
        code = REFUSALS.get(expected, "NO_SENDER")
        assert (payload["message"], [one["code"] for one in payload["errors"]]) == (None, [code])
        return
    happening.write(office.firm, step.person, step.project, expected)
    office.letters.append(payload["message"]["id"])
    assert payload["message"]["from"] == office.at(expected.mailbox)
    assert payload["message"]["rule"] == expected.rule


async def take(office: Office, step: TimeComes | Retry) -> None:
    number = step.message % len(office.letters)
    letter, opaque = office.firm.letters[number], office.letters[number]
    if isinstance(step, Retry):
        await _retry(office, letter, opaque)
    elif letter.state == "LATER":
        letter.due, letter.state = True, model.decide(office.firm, letter)
        rows = models.Message.filter(id=row_id(opaque, "Message"))
        assert await rows.update(next_attempt_at=now(), not_before=None) == 1
        office.house.news.changed(TOPIC)


async def _retry(office: Office, letter: Letter, opaque: str) -> None:
    payload = await office.admin.do(asked.RETRY, {"messageId": opaque})
    if letter.state == "HELD":
        assert payload["errors"] == []
        letter.state = model.decide(office.firm, letter) if letter.due else "LATER"
    else:
        assert [one["code"] for one in payload["errors"]] == ["NOT_POSSIBLE_NOW"]


async def check(office: Office) -> None:
    """Every message, once the worker has decided on those whose time has come."""
    expected = [
        {
            "state": letter.state,
            "from": office.at(letter.mailbox),
            "rule": letter.rule,
            "account": letter.account,
            "told": letter.state in ("HELD", "WAITING"),
        }
        for letter in office.firm.letters
    ]
    seen: list[dict[str, Any]] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for _ in News(look_again_seconds=0.02).about(TOPIC):
                if (seen := await _seen(office)) == expected:
                    return
    assert seen == expected


async def _seen(office: Office) -> list[dict[str, Any]]:
    if not office.letters:
        return []
    found = (await office.admin.ask(asked.LETTERS, ids=office.letters))["nodes"]
    return [
        {
            "state": state_of(one),
            "from": one["from"],
            "rule": one["rule"],
            "account": office.known(one["account"]),
            "told": bool(one["heldBecause"] or one["waitingFor"]),
        }
        for one in found
    ]


def state_of(found: dict[str, Any]) -> str:
    if found["status"] in ("HELD", "SENT"):
        status: str = found["status"]
        return status
    if found["waitingFor"]:
        return "WAITING"
    later = found["nextAttemptAt"] and datetime.fromisoformat(found["nextAttemptAt"]) > now() + timedelta(
        days=1
    )
    return "LATER" if later and found["status"] == "QUEUED" else found["status"]
