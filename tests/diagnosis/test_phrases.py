import pytest

from letterhead.diagnosis.classify import SPECIFIC
from letterhead.diagnosis.phrase import Phrase, phrase
from letterhead.diagnosis.phrases_in_general import GENERAL, HINTS
from letterhead.diagnosis.words import fold
from letterhead_providers import DiagnosisCode, Stage

ALL = [*SPECIFIC, *GENERAL, *HINTS]


def alternatives(rule: Phrase) -> list[str]:
    return [words for group in (*rule.groups, rule.unless) for words in group]


def test_no_rule_is_a_whole_reply() -> None:
    longest = max((words for rule in ALL for words in alternatives(rule)), key=_length)

    assert _length(longest) <= 5, longest


def test_no_alternative_is_empty_or_said_twice() -> None:
    for rule in ALL:
        for group in rule.groups:
            assert all(words.strip() for words in group)
            assert len(set(group)) == len(group), group


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sender ADDRESS rejected:  not-owned", " sender address rejected not owned "),
        ("doesn’t / doesn't", " doesnt doesnt "),
        ("Code d'authentification BOÎTE", " code d authentification boite "),
        ("<spam@virus.example>: unknown", " unknown "),
        ("see https://spam.example/virus?full=1 now", " see now "),
        ("blocked, see https://www.spamhaus.org/query", " blocked see dnsbl "),
        ("imap.mail.example is disabled", " is disabled "),
        ("请使用授权码", " 请 使 用 授 权 码 "),
        ("", "  "),
    ],
)
def test_only_words_are_left(text: str, words: str) -> None:
    assert fold(text) == words


def test_a_phrase_holds_in_any_order_at_its_stages_only() -> None:
    rule = phrase(
        DiagnosisCode.RELAY_DENIED,
        "relay|ip$",
        "denied",
        unless="limit",
        stages=frozenset({Stage.SENDER}),
        classes=(5,),
    )

    assert rule.found_in(fold("Denied: relaying"), Stage.SENDER, 5) == "relay + denied"
    assert rule.found_in(fold("IPv6 denied"), Stage.SENDER, 5) is None
    assert rule.found_in(fold("relay denied by limit"), Stage.SENDER, 5) is None
    assert rule.found_in(fold("relay denied"), Stage.DATA, 5) is None
    assert rule.found_in(fold("relay denied"), Stage.SENDER, 4) is None


def _length(words: str) -> int:
    """Signs of scripts without spaces are no words of their own here."""
    return len(words.split()) if words.isascii() else 1
