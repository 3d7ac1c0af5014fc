"""An account test as the house speaks of it: what was tried, step by step, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from letterhead.diagnosis.stored import diagnosis_from_json, diagnosis_to_json, made_of, remade
from letterhead.store.database import Row, as_id, as_instant, as_json, member
from letterhead.store.rows import column
from letterhead.wire.server import MailServer
from letterhead.wire.stored import server_from_json, server_to_json
from letterhead_providers import Diagnosis, Protocol, Stage


class TrialStatus(StrEnum):
    RUNNING = "RUNNING"
    PASSED = "PASSED"
    PASSED_WITH_WARNINGS = "PASSED_WITH_WARNINGS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    INTERRUPTED = "INTERRUPTED"


GOOD = frozenset({TrialStatus.PASSED, TrialStatus.PASSED_WITH_WARNINGS})


class StepStatus(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PASSED = "PASSED"
    WARNED = "WARNED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, kw_only=True)
class Step:
    """``leg``: None before or beside the legs. ``subject``: the From address of a SENDER step."""

    stage: Stage
    title: str
    leg: Protocol | None = None
    subject: str | None = None
    status: StepStatus = StepStatus.PENDING
    took_ms: int | None = None
    evidence: str | None = None
    transcript: tuple[str, ...] = ()
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Settings ready to be tested. ``trusted``: False where a server was found under a name that is not the
    domain's own."""

    smtp: MailServer
    incoming: MailServer | None
    trusted: bool


class Trial:
    """``stored``: its row. What a test tried is long, and mostly not asked for: it is read when it is."""

    def __init__(self, stored: Row) -> None:
        self.stored = stored

    key: str = column("id", str)
    id: UUID = column("id", as_id)
    company_id: UUID = column("company_id", as_id)
    account_id: UUID | None = column("account_id", as_id)
    status: TrialStatus = column("status", member(TrialStatus))
    started_at: datetime = column("started_at", as_instant)
    finished_at: datetime | None = column("finished_at", as_instant)
    usable_until: datetime | None = column("usable_until", as_instant)

    @property
    def address(self) -> str:
        return str(self._draft["address"])

    @property
    def provider_key(self) -> str:
        return str(self._draft["providerKey"])

    @property
    def smtp(self) -> MailServer:
        smtp = server_from_json(self._draft["smtp"])
        assert smtp is not None
        return smtp

    @property
    def incoming(self) -> MailServer | None:
        return server_from_json(self._draft["incoming"])

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return tuple(map(step_from_json, as_json(self.stored["steps"])))

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        diagnosis = as_json(self.stored["diagnosis"])
        return diagnosis_from_json(diagnosis) if diagnosis else None

    @property
    def suggestion(self) -> Suggestion | None:
        return _suggestion(as_json(self.stored["suggestion"]))

    @cached_property
    def _draft(self) -> dict[str, Any]:
        draft: dict[str, Any] = as_json(self.stored["draft"])
        return draft


def suggestion_to_json(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "smtp": server_to_json(suggestion.smtp),
        "incoming": server_to_json(suggestion.incoming),
        "trusted": suggestion.trusted,
    }


def _suggestion(stored: dict[str, Any] | None) -> Suggestion | None:
    smtp = server_from_json(stored["smtp"]) if stored else None
    if stored is None or smtp is None:
        return None
    return Suggestion(smtp=smtp, incoming=server_from_json(stored["incoming"]), trusted=stored["trusted"])


def step_to_json(step: Step) -> dict[str, Any]:
    return {
        "leg": step.leg and step.leg.value,
        "stage": step.stage.value,
        "subject": step.subject,
        "title": step.title,
        "titleMade": made_of(step.title),
        "status": step.status.value,
        "tookMs": step.took_ms,
        "evidence": step.evidence,
        "evidenceMade": made_of(step.evidence),
        "transcript": list(step.transcript),
        "diagnosis": step.diagnosis and diagnosis_to_json(step.diagnosis),
    }


def step_from_json(stored: dict[str, Any]) -> Step:
    return Step(
        leg=Protocol(stored["leg"]) if stored["leg"] else None,
        stage=Stage(stored["stage"]),
        subject=stored["subject"],
        title=remade(stored["title"], stored.get("titleMade")),
        status=StepStatus(stored["status"]),
        took_ms=stored["tookMs"],
        evidence=stored["evidence"] and remade(stored["evidence"], stored.get("evidenceMade")),
        transcript=tuple(stored["transcript"]),
        diagnosis=diagnosis_from_json(stored["diagnosis"]) if stored["diagnosis"] else None,
    )
