"""What is told to a person about one kind of trouble. Data; the words stand in the modules named texts…"""

from collections.abc import Mapping
from dataclasses import dataclass

from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry, ServerReply


@dataclass(frozen=True, kw_only=True)
class Text:
    """``explanation``, ``advice`` and ``fact`` may hold ``{host}``, ``{address}`` and ``{detail}``, and are
    each one literal, so that a catalogue of messages can translate them.

    ``fact``: a sentence that is added where a detail is known.
    """

    title: str
    explanation: str
    advice: tuple[str, ...]
    actor: Actor
    retry: Retry
    fact: str = ""


SOMEWHERE = {"host": "the mail server", "address": "this address"}
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
    explanation = f"{text.explanation} {text.fact}" if text.fact and known["detail"] else text.explanation
    return Diagnosis(
        code=code,
        title=text.title,
        explanation=_capitalised(explanation.format_map(known)),
        advice=tuple(Instruction(text=_capitalised(step.format_map(known))) for step in text.advice),
        actor=text.actor,
        retry=retry or text.retry,
        reply=reply,
        explained_by=explained_by,
    )


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:] if sentence.startswith("the ") else sentence
