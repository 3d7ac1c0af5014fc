"""The message of a mailbox to itself, known again among whatever else arrives."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.trials.letter import Letter, author_of, compose, is_of, is_same_address

SALES = "sales@acme.example"


@pytest.fixture
def letter() -> Letter:
    return compose(SALES, SALES, hostname="mail.acme.example", at=datetime(2026, 1, 2, tzinfo=UTC))


def test_it_is_small_plain_and_answered_by_nobody(letter: Letter) -> None:
    head, _, body = letter.content.partition(b"\r\n\r\n")
    assert letter.content.isascii()
    assert len(letter.content) < 1000
    assert b"Auto-Submitted: auto-generated" in head
    assert body


def test_it_is_known_by_either_name(letter: Letter) -> None:
    renamed = letter.content.replace(f"<{letter.token}@".encode(), b"<service-gave-it-another@")
    marked = letter.content.replace(b"Subject: ", b"Subject: [EXTERNAL] ")
    neither = renamed.replace(letter.subject.encode(), b"Something else")
    assert [is_of(letter, one) for one in (letter.content, renamed, marked, neither)] == [*[True] * 3, False]


def test_no_two_are_alike() -> None:
    at = datetime.now(UTC)
    tokens = {compose(SALES, SALES, hostname="h", at=at).token for _ in range(50)}
    assert len(tokens) == 50


@pytest.mark.parametrize(
    ("line", "author"),
    [
        (b"From: sales@acme.example", SALES),
        (b"From: =?utf-8?q?Sch=C3=B6n?= <Sales@Acme.Example>", "Sales@Acme.Example"),
        (b"From: a@acme.example, b@acme.example", ""),
        (b"To: a@acme.example", ""),
        (b"From: " + b"(" * 30_000, ""),
    ],
)
def test_the_author_is_read(line: bytes, author: str) -> None:
    assert author_of(line + b"\r\n\r\n") == author


@given(st.binary(max_size=500))
def test_whatever_arrives_is_read(head: bytes) -> None:
    letter = compose(SALES, SALES, hostname="h", at=datetime.now(UTC))
    assert not is_of(letter, head)
    assert author_of(head).isprintable()


def test_capitals_make_no_other_address() -> None:
    assert is_same_address("Sales@ACME.example", SALES)
