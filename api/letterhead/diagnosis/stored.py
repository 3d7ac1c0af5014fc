"""Diagnoses and replies as JSON columns hold them.

Read with patience: a row may have been written by another version, so what is unknown is passed over.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry, ServerReply

E = TypeVar("E", bound=StrEnum)


def diagnosis_to_json(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "code": diagnosis.code.value,
        "title": diagnosis.title,
        "explanation": diagnosis.explanation,
        "advice": [{"text": step.text, "link": step.link} for step in diagnosis.advice],
        "actor": diagnosis.actor.value,
        "retry": diagnosis.retry.value,
        "help": diagnosis.help,
        "reply": reply_to_json(diagnosis.reply) if diagnosis.reply else None,
        "explained_by": diagnosis.explained_by,
    }


def diagnosis_from_json(stored: Mapping[str, Any]) -> Diagnosis:
    reply = stored.get("reply")
    return Diagnosis(
        code=_member(DiagnosisCode, stored.get("code"), DiagnosisCode.UNKNOWN),
        title=stored.get("title") or "",
        explanation=stored.get("explanation") or "",
        advice=tuple(
            Instruction(text=step.get("text") or "", link=step.get("link"))
            for step in stored.get("advice") or ()
        ),
        actor=_member(Actor, stored.get("actor"), Actor.NOBODY),
        retry=_member(Retry, stored.get("retry"), Retry.AFTER_CHANGE),
        help=stored.get("help"),
        reply=reply_from_json(reply) if reply else None,
        explained_by=stored.get("explained_by") or "",
    )


def reply_to_json(reply: ServerReply) -> dict[str, Any]:
    return {"code": reply.code, "enhanced": reply.enhanced, "text": reply.text}


def reply_from_json(stored: Mapping[str, Any]) -> ServerReply:
    return ServerReply(
        code=stored.get("code"), enhanced=stored.get("enhanced"), text=stored.get("text") or ""
    )


def _member(kind: type[E], value: object, otherwise: E) -> E:
    try:
        return kind(str(value))
    except ValueError:
        return otherwise
