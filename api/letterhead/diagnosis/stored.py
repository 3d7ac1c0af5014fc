"""Diagnoses and replies as JSON columns hold them.

Texts are kept in English, with what they were made of beside them, so that they can be said in any language
when they are shown. Read with patience: a row may have been written by another version, so what is unknown
is passed over, and a text of which nothing else is known is shown as it was stored.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

import orjson

from letterhead.diagnosis.message import Message, Value
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry, ServerReply

E = TypeVar("E", bound=StrEnum)


def diagnosis_to_json(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "code": diagnosis.code.value,
        "title": diagnosis.title,
        "explanation": diagnosis.explanation,
        "made": {"title": made_of(diagnosis.title), "explanation": made_of(diagnosis.explanation)},
        "advice": [
            {"text": step.text, "link": step.link, "made": made_of(step.text)} for step in diagnosis.advice
        ],
        "actor": diagnosis.actor.value,
        "retry": diagnosis.retry.value,
        "help": diagnosis.help,
        "reply": reply_to_json(diagnosis.reply) if diagnosis.reply else None,
        "explained_by": diagnosis.explained_by,
    }


def diagnosis_from_json(stored: Mapping[str, Any]) -> Diagnosis:
    reply, made = stored.get("reply"), stored.get("made") or {}
    return Diagnosis(
        code=_member(DiagnosisCode, stored.get("code"), DiagnosisCode.UNKNOWN),
        title=remade(stored.get("title") or "", made.get("title")),
        explanation=remade(stored.get("explanation") or "", made.get("explanation")),
        advice=tuple(
            Instruction(text=remade(step.get("text") or "", step.get("made")), link=step.get("link"))
            for step in stored.get("advice") or ()
        ),
        actor=_member(Actor, stored.get("actor"), Actor.NOBODY),
        retry=_member(Retry, stored.get("retry"), Retry.AFTER_CHANGE),
        help=stored.get("help"),
        reply=reply_from_json(reply) if reply else None,
        explained_by=stored.get("explained_by") or "",
    )


def stored_diagnosis(column: Any) -> Diagnosis | None:
    """As either database returns the column."""
    stored = orjson.loads(column) if isinstance(column, str | bytes) else column
    return diagnosis_from_json(stored) if stored else None


def made_of(text: str | None) -> dict[str, Any] | None:
    """What a message is stored with beside its text; None for the text of a plugin."""
    if not isinstance(text, Message):
        return None
    made: dict[str, Any] = {} if text.msgid == text else {"msgid": text.msgid}
    if text.plural is not None:
        made["plural"] = text.plural
    if text.values:
        made["values"] = {name: _value_to_json(value) for name, value in text.values.items()}
    return made


def remade(text: str, made: Mapping[str, Any] | None) -> str:
    """The message again that ``made_of`` was given, or the mere text."""
    if made is None:
        return text
    values = {name: _value_from_json(value) for name, value in (made.get("values") or {}).items()}
    return Message(text, made.get("msgid"), values, made.get("plural"))


def _value_to_json(value: Value) -> object:
    return {"text": value, "made": made_of(value)} if isinstance(value, Message) else value


def _value_from_json(stored: Any) -> Value:
    if isinstance(stored, Mapping):
        return remade(stored.get("text") or "", stored.get("made"))
    return stored if isinstance(stored, int) else str(stored)


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
