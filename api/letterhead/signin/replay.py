"""The journal of a flow, and running the flow again from its start with what the journal holds."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from letterhead_providers import Ask, Fetch, FetchOutcome, Finding, Lookup, LookupOutcome, Visit, Wait
from letterhead_providers.switchboard import Ended, PluginFault, Stepped

Sent = Mapping[str, str] | FetchOutcome | LookupOutcome | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one need. ``need``: its mark, to tell that a flow asks the same again."""

    need: str
    sent: Sent = field(repr=False)
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Journal:
    """All that a flow is a function of, besides its provider and draft.

    ``asked``: the mark of a request that was sent off and must not be sent again, whatever came of it.
    """

    began: datetime
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    outcomes: tuple[Outcome, ...] = ()
    asked: str | None = None

    def plus(self, outcome: Outcome) -> "Journal":
        return replace(self, outcomes=(*self.outcomes, outcome), asked=None)


@dataclass(frozen=True)
class Diverged:
    """Run again, the flow asked something else: it is not the plugin that it was started with."""


async def replay(step: Callable[[Sent], Awaitable[Stepped]], journal: Journal) -> Stepped | Diverged:
    """Where the flow stands after all that has happened. ``step`` drives a flow that has not begun."""
    stepped = await step(None)
    for outcome in journal.outcomes:
        if mark(stepped) != outcome.need:
            return Diverged()
        stepped = await step(outcome.sent)
    return stepped


def mark(stepped: Stepped) -> str:
    """What is the same whenever a flow asks the same; wording is not part of it."""
    match stepped:
        case Ask():
            return ask_mark(field.name for field in stepped.fields)
        case Lookup():
            return f"lookup {stepped.kind} {stepped.name}"
        case Fetch():
            return f"fetch {stepped.method} {stepped.url.partition('?')[0]}"
        case Wait() | Visit() | Finding() | Ended() | PluginFault():
            return type(stepped).__name__.lower()


def ask_mark(names: Iterable[str]) -> str:
    return "ask " + " ".join(sorted(names))


def journal_to_text(journal: Journal) -> str:
    return json.dumps(
        {
            "began": journal.began.isoformat(),
            "state": journal.state,
            "nonce": journal.nonce,
            "verifier": journal.verifier,
            "asked": journal.asked,
            "outcomes": [
                {"need": outcome.need, "sent": _sent_to_json(outcome.sent), "at": outcome.at.isoformat()}
                for outcome in journal.outcomes
            ],
        }
    )


def journal_from_text(text: str) -> Journal:
    stored = json.loads(text)
    return Journal(
        began=datetime.fromisoformat(stored["began"]),
        state=stored["state"],
        nonce=stored["nonce"],
        verifier=stored["verifier"],
        asked=stored["asked"],
        outcomes=tuple(
            Outcome(
                need=outcome["need"],
                sent=_sent_from_json(outcome["sent"]),
                at=datetime.fromisoformat(outcome["at"]),
            )
            for outcome in stored["outcomes"]
        ),
    )


def _sent_to_json(sent: Sent) -> dict[str, Any] | None:
    match sent:
        case None:
            return None
        case LookupOutcome():
            return {"records": list(sent.records), "error": sent.error}
        case FetchOutcome():
            at = sent.at.isoformat() if sent.at else None
            return {"status": sent.status, "body": sent.body, "error": sent.error, "at": at}
        case _:
            return {"answers": dict(sent)}


def _sent_from_json(stored: dict[str, Any] | None) -> Sent:
    if stored is None:
        return None
    if "answers" in stored:
        return dict(stored["answers"])
    if "status" in stored:
        at = datetime.fromisoformat(stored["at"]) if stored["at"] else None
        return FetchOutcome(status=stored["status"], body=stored["body"], error=stored["error"], at=at)
    return LookupOutcome(records=tuple(stored["records"]), error=stored["error"])
