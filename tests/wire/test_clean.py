from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.vault.secret import Secret
from letterhead.wire.clean import clean, parse_imap_error, parse_pop3_error, parse_smtp_reply
from letterhead.wire.tape import Tape
from letterhead_providers import ServerReply

ANYTHING = st.binary() | st.text(
    st.characters() | st.sampled_from("\x1b[]m\x9b\x9d\x07\r\n\t \ud800\u202e\u200b\x85")
)


@given(ANYTHING, st.integers(1, 60))
def test_what_is_cleaned_is_printable_folded_and_stays_so(text: str | bytes, limit: int) -> None:
    cleaned = clean(text, limit)
    assert clean(cleaned, limit) == cleaned
    assert len(cleaned) <= limit
    assert all(line.isprintable() and line == " ".join(line.split()) for line in cleaned.split("\n"))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (b"caf\xc3\xa9 \xff", "café \ufffd"),
        ("\ud800lone", "\ufffdlone"),
        ("\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x9b2J", "red link"),
        ("a\u202eb\u200bc\ufeff\x00\x9f\u3164", "abc"),
        ("  a \t b\r\n\r\n\x0b c\u2028d\x85", "a b\nc\nd"),
        ("x" * 3000, "x" * 1999 + "…"),
        (b" " * 50_000_000, "…"),
    ],
)
def test_examples(text: str | bytes, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("5.7.8 Wrong\n5.7.8 Help", ServerReply(code=535, enhanced="5.7.8", text="Wrong\nHelp")),
        ("5.7.8\n5.7.8 Help", ServerReply(code=535, enhanced="5.7.8", text="Help")),
        ("5.7.8 Wrong\n5.7.9 Help", ServerReply(code=535, enhanced="5.7.8", text="Wrong\n5.7.9 Help")),
        ("Wrong 5.7.8", ServerReply(code=535, text="Wrong 5.7.8")),
        ("5.7.8.9 is our version", ServerReply(code=535, text="5.7.8.9 is our version")),
        ("", ServerReply(code=535)),
    ],
)
def test_the_enhanced_status_is_taken_off(message: str, reply: ServerReply) -> None:
    assert parse_smtp_reply(535, message) == reply


@pytest.mark.parametrize(
    ("line", "text"),
    [(b"-ERR [AUTH] No\r\n", "[AUTH] No"), (b"-err", ""), ("-ERROR", "-ERROR"), (b"-ERR \x1b[1mx", "x")],
)
def test_a_pop3_error_keeps_its_response_code(line: bytes | str, text: str) -> None:
    assert parse_pop3_error(line) == ServerReply(text=text)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"A1 NO [AUTHENTICATIONFAILED] No\r\n", "[AUTHENTICATIONFAILED] No"),
        (b"* BYE [UNAVAILABLE] Later", "[UNAVAILABLE] Later"),
        (b"a.7 no", ""),
        (b"* BAD What?\r\n", "* BAD What?"),
        ("* NO [WEBALERT http://x] Go there\n* NO [ALERT] In", "[WEBALERT http://x] Go there\n[ALERT] In"),
        ("A1 NOT", "A1 NOT"),
        (b"A1 NO \x1b[1mx\xff", "x\ufffd"),
    ],
)
def test_an_imap_error_keeps_its_response_code(line: bytes | str, text: str) -> None:
    assert parse_imap_error(line) == ServerReply(text=text)


@given(ANYTHING)
def test_an_imap_error_is_clean_whatever_was_sent(text: str | bytes) -> None:
    reply = parse_imap_error(text)
    assert clean(reply.text) == reply.text


def test_a_tape_is_bounded() -> None:
    tape = Tape()
    for _ in range(300):
        tape.received("x" * 3000 + "\n" + "y")
    assert len(tape.lines) == 200
    assert max(map(len, tape.lines)) == len("S: ") + 500


def test_shortening_leaves_no_half_of_a_secret() -> None:
    tape = Tape()
    with tape.signing_in("alice", Secret("corr3ct-h0rse")):
        pass
    assert tape.clean("x" * 95 + "corr3ct-h0rse", 100) == "x" * 95 + "***"


def test_a_secret_longer_than_what_is_shown_leaves_no_part_of_it() -> None:
    tape = Tape()
    with tape.signing_in("alice", Secret("t0ken" * 1000)):
        pass
    assert tape.clean("x" * 90 + "t0ken" * 3000, 100) == "x" * 90 + "***" * 3


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_a_secret_is_found_within_base64(before: str) -> None:
    tape = Tape()
    with tape.signing_in("alice", Secret("corr3ct-h0rse")):
        pass
    hidden = tape.clean(b64encode(f"{before}corr3ct-h0rse!".encode()))
    assert "***" in hidden
    assert len(hidden) < 16


def test_a_secret_that_is_nothing_printable_hides_nothing() -> None:
    tape = Tape()
    with tape.signing_in("alice", Secret("\u200b" * 8)):
        pass
    assert tape.clean("Wrong password") == "Wrong password"
