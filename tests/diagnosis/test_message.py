import copy
import pickle

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.diagnosis.message import Message, placeholders, told, told_of


def test_a_message_is_its_english_text() -> None:
    message = told("{host} was silent for too long.", host="mx.example", unused="x")

    assert message == "mx.example was silent for too long."
    assert (message.msgid, message.values) == ("{host} was silent for too long.", {"host": "mx.example"})
    assert orjson.dumps({"title": message}) == b'{"title":"mx.example was silent for too long."}'


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        (told("the mail server"), "The mail server hung up."),
        ("mx.example", "mx.example hung up."),
        (told("{n} servers", n=2), "2 servers hung up."),
    ],
)
def test_words_of_our_own_begin_a_sentence_with_a_capital(host: str, sentence: str) -> None:
    assert told("{host} hung up.", host=host) == sentence


def test_what_is_counted_is_said_in_its_number() -> None:
    assert [told_of(n, "one letter", "{count} letters") for n in (0, 1, 2)] == [
        "0 letters",
        "one letter",
        "2 letters",
    ]


@given(value=st.text())
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    inner = told("Said: {detail}.", detail=value)

    assert told("{first} {second}", first="Done.", second=inner) == f"Done. Said: {value}."


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_remembers_as_much(copied) -> None:
    message = told("{why} Wait.", why=told("{host} is busy.", host="{x}"))

    twin = copied(message)

    assert isinstance(twin, Message)
    assert (twin, twin.msgid, dict(twin.values)) == (message, message.msgid, dict(message.values))


def test_braces_that_do_not_fit_are_no_template() -> None:
    with pytest.raises(ValueError, match="expected '}'"):
        placeholders("{host")
