"""What is told to a person about one kind of trouble. Data; the words stand in the modules named texts…"""

from collections.abc import Mapping
from dataclasses import dataclass

from letterhead.diagnosis.message import told
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry, ServerReply


@dataclass(frozen=True, kw_only=True)
class Text:
    """``explanation``, ``advice`` and ``fact`` may hold ``{host}``, ``{address}`` and ``{detail}``, and are
    each one literal, so that they are gathered for the catalogues.

    ``fact``: a sentence that is added where a detail is known.
    """

    title: str
    explanation: str
    advice: tuple[str, ...]
    actor: Actor
    retry: Retry
    fact: str = ""


SOMEWHERE = {"host": told("the mail server"), "address": told("this address")}
"""Said instead of what is not known."""


def tell(
    text: Text,
    code: DiagnosisCode,
    *,
    explained_by: str,
    facts: Mapping[str, str],
    retry: Retry | None = None,
    reply: ServerReply | None = None,
) -> Diagnosis:
    """``facts``: values for ``host``, ``address`` and ``detail``; empty ones are not known."""
    known = {"detail": "", **SOMEWHERE, **{name: value for name, value in facts.items() if value}}
    known["detail"] = known["detail"].rstrip(". ")
    explanation = told(text.explanation, **known)
    if text.fact and known["detail"]:
        explanation = told("{explanation} {fact}", explanation=explanation, fact=told(text.fact, **known))
    return Diagnosis(
        code=code,
        title=told(text.title),
        explanation=explanation,
        advice=tuple(Instruction(text=told(step, **known)) for step in text.advice),
        actor=text.actor,
        retry=retry or text.retry,
        reply=reply,
        explained_by=explained_by,
    )
