import re
import time

import pytest

from diagnosis.replies import REPLIES
from letterhead.diagnosis.explain import Explainer
from letterhead_providers import DiagnosisCode, Retry, ServerReply, Stage

WAIT = {Retry.NOW, Retry.LATER}
SYNONYMS = {
    r"\brejected\b": "refused",
    r"\bplease\b": "kindly",
    r"\bPlease\b": "Kindly",
    r"\bcannot\b": "can not",
    r"\bServer\b": "Host",
    r"\bthat you tried to reach\b": "you wrote to",
    r"\bFor more information\b": "To learn more",
    r"\bError: ": "",
    r"\bx\.com\b": "shop.example.org",
    r"\bexample\.(com|net)\b": "mail-7.firma.example",
    r"\b192\.0\.2\.1\b": "2001:db8::7",
    r"\b(gmx|smtp)\.\w+\b": "relay.post.example",
    r"\((S|AS)\d+\)": "(Z777)",
    r"\bbob\b": "Zoë",
    r"\bGmail\b|\bGoogle\b": "Examplemail",
}


def in_other_words(reply: str) -> str:
    for pattern, other in SYNONYMS.items():
        reply = re.sub(pattern, other, reply)
    return reply


def with_other_numbers(reply: str) -> str:
    """Leaves codes and statuses alone: those mean something."""
    return re.sub(r"(?<![\w.])(?!\b[45]\d\d\b)\d{2,}(?![\w.])", "61", reply)


@pytest.mark.parametrize(("stage", "code", "temporary", "reply"), REPLIES)
async def test_a_reply_is_understood(
    explainer: Explainer, stage: Stage, code: DiagnosisCode, temporary: bool, reply: str
) -> None:
    diagnosis = await explainer.explain_text(reply, provider_key=None, stage=stage)

    assert (diagnosis.code, diagnosis.retry in WAIT) == (code, temporary), diagnosis.explained_by


@pytest.mark.parametrize(("stage", "code", "temporary", "reply"), REPLIES)
async def test_it_is_understood_in_other_words_too(
    explainer: Explainer, stage: Stage, code: DiagnosisCode, temporary: bool, reply: str
) -> None:
    for told in (in_other_words(reply), with_other_numbers(reply), _shouted(reply)):
        diagnosis = await explainer.explain_text(told, stage=stage)
        assert (diagnosis.code, diagnosis.retry in WAIT) == (code, temporary), told


async def test_without_a_stage_it_is_guessed_from_the_words(explainer: Explainer) -> None:
    understood = [(await explainer.explain_text(reply)).code is code for _, code, _, reply in REPLIES]

    assert sum(understood) >= 0.97 * len(REPLIES)


async def test_a_reply_of_nonsense_is_not_guessed_at(explainer: Explainer) -> None:
    diagnosis = await explainer.explain_text("Xyzzy plugh 42", stage=Stage.DATA)

    assert diagnosis.code is DiagnosisCode.UNKNOWN
    assert diagnosis.explained_by == "nothing recognised"
    assert diagnosis.reply == ServerReply(text="Xyzzy plugh 42")


@pytest.mark.parametrize(
    "piece", ["a", "a@", "-", "550 ", "5.7.1", "[", "(", "'", "http://", "1.", "é", " no such"]
)
async def test_a_hostile_reply_costs_little(explainer: Explainer, piece: str) -> None:
    begun = time.perf_counter()
    await explainer.explain_text(piece * 100_000)

    assert time.perf_counter() - begun < 5


def _shouted(reply: str) -> str:
    """In capitals, but for what is a token rather than words."""
    return reply if "eyJ" in reply or "STOREDRV" in reply or "RESOLVER" in reply else reply.upper()
