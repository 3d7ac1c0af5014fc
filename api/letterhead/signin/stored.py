"""Steps as JSON columns hold them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from letterhead.diagnosis.stored import diagnosis_from_json, diagnosis_to_json
from letterhead.signin.flows import AskStep, DoneStep, FailedStep, FieldProblem, Step, VisitStep, WaitStep
from letterhead_providers import CredentialKind, Field, Instruction


def step_to_json(step: Step) -> dict[str, Any]:
    match step:
        case AskStep():
            return {"is": "ask", **asdict(step)}
        case VisitStep():
            return {"is": "visit", "url": step.url}
        case WaitStep():
            return {"is": "wait", "message": step.message, "until": step.until.isoformat()}
        case DoneStep():
            expires_at = step.expires_at.isoformat() if step.expires_at else None
            return {"is": "done", "kind": step.kind.value, "expires_at": expires_at}
        case FailedStep():
            diagnosis = diagnosis_to_json(step.diagnosis)
            return {"is": "failed", "diagnosis": diagnosis, "retryable": step.retryable}


def step_from_json(stored: Mapping[str, Any]) -> Step:
    match stored["is"]:
        case "ask":
            return AskStep(
                title=stored["title"],
                fields=tuple(Field(**field) for field in stored["fields"]),
                instructions=tuple(Instruction(**instruction) for instruction in stored["instructions"]),
                problems=tuple(FieldProblem(**problem) for problem in stored["problems"]),
            )
        case "visit":
            return VisitStep(url=stored["url"])
        case "wait":
            return WaitStep(message=stored["message"], until=datetime.fromisoformat(stored["until"]))
        case "done":
            expires_at = stored["expires_at"]
            return DoneStep(
                kind=CredentialKind(stored["kind"]),
                expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
            )
        case _:
            return FailedStep(
                diagnosis=diagnosis_from_json(stored["diagnosis"]), retryable=stored["retryable"]
            )
