import string

import pytest

from letterhead.diagnosis.causes import CODES
from letterhead.diagnosis.text import Text
from letterhead.diagnosis.texts import TEXTS, describe, secret_has_wrong_shape
from letterhead.diagnosis.texts_of_causes import CAUSE_TEXTS, STAGED_TEXTS
from letterhead.wire.trouble import Cause
from letterhead_providers import DiagnosisCode

ALL = [*TEXTS.values(), *CAUSE_TEXTS.values(), *STAGED_TEXTS.values()]


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_code_and_every_cause_has_words() -> None:
    assert set(TEXTS) == set(DiagnosisCode)
    assert set(CAUSE_TEXTS) == set(CODES) == set(Cause)


@pytest.mark.parametrize("text", ALL, ids=lambda text: text.title)
def test_a_text_is_whole(text: Text) -> None:
    assert text.title
    assert not placeholders(text.title)
    assert text.explanation.endswith(".")
    assert text.advice
    assert all(step.endswith(".") for step in text.advice)
    assert placeholders(text.explanation + "".join(text.advice)) <= {"host", "address"}
    assert placeholders(text.fact) <= {"detail"}


def test_what_is_not_known_is_said_in_general_words() -> None:
    diagnosis = describe(DiagnosisCode.SENDER_NOT_OWNED, explained_by="test")

    assert diagnosis.explanation == (
        "The sign-in worked, but the mail server does not let this account send as this address."
    )


def test_braces_in_remote_names_are_only_letters() -> None:
    diagnosis = describe(DiagnosisCode.TIMEOUT, explained_by="test", host="{detail}{x}")

    assert diagnosis.explanation == "{detail}{x} was silent for too long."


def test_a_secret_of_the_wrong_shape_is_told_without_the_secret() -> None:
    diagnosis = secret_has_wrong_shape("App password", "sixteen letters.", "gmail")

    assert (diagnosis.code, diagnosis.explained_by) == (DiagnosisCode.SECRET_FORMAT, "gmail")
    assert diagnosis.explanation.endswith("Expected: App password: sixteen letters.")
