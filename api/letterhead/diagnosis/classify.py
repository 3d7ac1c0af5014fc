"""From a server's reply to the kind of trouble it means: pure, and by layers, the most telling first.

The order was found by reading real replies. Words outweigh codes, since 5.7.1 and 550 are given for ten
reasons and even 5.1.1 for a full or a closed mailbox; vague words ("authentication failed", "try again
later") come after the statuses that say more.
"""

from collections.abc import Callable
from dataclasses import dataclass

from letterhead.diagnosis.phrase import Phrase, first_found
from letterhead.diagnosis.phrases_in_general import GENERAL, HINTS
from letterhead.diagnosis.phrases_of_access import CONNECTION, SIGNING_IN
from letterhead.diagnosis.phrases_of_mail import CONTENTS, LIMITS, RECIPIENTS, REPUTATION, SENDERS
from letterhead.diagnosis.reply_codes import basic, not_understood, plain_response_code, vague_response_code
from letterhead.diagnosis.statuses import assigned, assigned_loosely, registered, statuses_in
from letterhead.diagnosis.words import fold
from letterhead_providers import DiagnosisCode, Protocol, ServerReply, Stage

Found = tuple[DiagnosisCode, str] | None

SPECIFIC = (*CONNECTION, *SIGNING_IN, *LIMITS, *REPUTATION, *SENDERS, *RECIPIENTS, *CONTENTS)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A reply, read once for all layers. ``reply_class``: the first digit of its code, or 0."""

    protocol: Protocol
    stage: Stage
    reply: ServerReply
    words: str
    statuses: tuple[str, ...]
    reply_class: int


def classify(protocol: Protocol, stage: Stage, reply: ServerReply) -> tuple[DiagnosisCode, str]:
    """The kind of trouble and, in a few words, what it was recognised by."""
    statuses = statuses_in(reply)
    evidence = Evidence(
        protocol=protocol,
        stage=stage,
        reply=reply,
        words=fold(reply.text),
        statuses=statuses,
        reply_class=reply_class(reply),
    )
    for name, layer in _LAYERS:
        if found := layer(evidence):
            code, clue = found
            return code, f"{name}: {clue}"
    return DiagnosisCode.UNKNOWN, "nothing recognised"


def reply_class(reply: ServerReply) -> int:
    """4 for "not now", 5 for "no". The enhanced status wins over the basic code (RFC 3463); 0: neither."""
    if reply.enhanced and reply.enhanced[0] in "245":
        return int(reply.enhanced[0])
    return (reply.code or 0) // 100


def _phrases(phrases: tuple[Phrase, ...]) -> Callable[[Evidence], Found]:
    return lambda evidence: first_found(phrases, evidence.words, evidence.stage, evidence.reply_class)


_LAYERS: tuple[tuple[str, Callable[[Evidence], Found]], ...] = (
    ("response code", lambda evidence: plain_response_code(evidence.reply)),
    ("status", lambda evidence: assigned(evidence.statuses)),
    ("words", _phrases(SPECIFIC)),
    ("status", lambda evidence: assigned_loosely(evidence.statuses)),
    ("response code", lambda evidence: vague_response_code(evidence.reply)),
    ("answer", lambda evidence: not_understood(evidence.protocol, evidence.reply)),
    ("general words", _phrases(GENERAL)),
    ("status", lambda evidence: registered(evidence.statuses, evidence.stage)),
    ("hints", _phrases(HINTS)),
    ("reply code", lambda evidence: basic(evidence.protocol, evidence.stage, evidence.reply.code)),
)
