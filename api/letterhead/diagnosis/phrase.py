"""How words in a reply are recognised: a few of them, in any order, never a whole reply."""

from collections.abc import Iterable
from dataclasses import dataclass

from letterhead.diagnosis.words import fold
from letterhead_providers import DiagnosisCode, Stage

SIGN_IN = frozenset({Stage.SIGN_IN})
OPENING = frozenset({Stage.CONNECT, Stage.GREETING, Stage.TLS, Stage.CAPABILITIES})
SENDER = frozenset({Stage.SENDER})
RECIPIENT = frozenset({Stage.RECIPIENT})
CONTENT = frozenset({Stage.DATA, Stage.ROUND_TRIP})
SENDING = SENDER | RECIPIENT | CONTENT
ANYWHERE = frozenset(Stage)
ANY_CLASS = (0, 2, 3, 4, 5)


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Holds when each group has an alternative that stands in the reply, and ``unless`` has none.

    ``stages``: where it may be said. ``classes``: first digits of codes for which it holds; a reply without
    any code is of class 0.
    """

    code: DiagnosisCode
    groups: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...] = ()
    stages: frozenset[Stage] = ANYWHERE
    classes: tuple[int, ...] = ANY_CLASS

    def found_in(self, words: str, stage: Stage, reply_class: int) -> str | None:
        """The words that were recognised, or None. ``words``: as ``fold`` makes them."""
        if stage not in self.stages or reply_class not in self.classes:
            return None
        found = [_first_of(group, words) for group in self.groups]
        if None in found or _first_of(self.unless, words) is not None:
            return None
        return " + ".join(alternative.strip() for alternative in found if alternative)


def phrase(
    code: DiagnosisCode,
    *groups: str,
    unless: str = "",
    stages: frozenset[Stage] = ANYWHERE,
    classes: tuple[int, ...] = ANY_CLASS,
) -> Phrase:
    """Alternatives within a group are parted by bars, and each is the beginning of a word or of words that
    follow one another: ``"block|not allow"``. A whole word ends in a dollar sign: ``"ip$"``."""
    return Phrase(
        code=code,
        groups=tuple(_alternatives(group) for group in groups),
        unless=_alternatives(unless),
        stages=stages,
        classes=classes,
    )


def first_found(
    phrases: Iterable[Phrase], words: str, stage: Stage, reply_class: int
) -> tuple[DiagnosisCode, str] | None:
    for candidate in phrases:
        if found := candidate.found_in(words, stage, reply_class):
            return candidate.code, found
    return None


def _alternatives(group: str) -> tuple[str, ...]:
    return tuple(_needle(alternative) for alternative in group.split("|") if alternative)


def _needle(alternative: str) -> str:
    return fold(alternative) if alternative.endswith("$") else fold(alternative).rstrip()


def _first_of(alternatives: Iterable[str], words: str) -> str | None:
    return next((alternative for alternative in alternatives if alternative in words), None)
