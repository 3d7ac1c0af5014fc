import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.wire.imap_response import (
    Response,
    body_in,
    capabilities_in,
    code_in,
    exists_in,
    login_lines,
    quoted,
    uid_in,
)

SENDABLE = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=30)


def read_by_a_server(lines: tuple[str, ...]) -> list[str]:
    """The words of a command, by the grammar of RFC 3501 section 9."""
    left, words = "\r\n".join(lines).encode().removeprefix(b"LOGIN"), []
    while left:
        assert left[:1] == b" "
        if size := re.match(rb" \{(\d+)\}\r\n", left):
            words.append(left[size.end() :][: int(size[1])])
            left = left[size.end() + int(size[1]) :]
        else:
            string = re.match(rb' "((?:[^"\\]|\\["\\])*)"', left)
            assert string
            words.append(re.sub(rb"\\(.)", rb"\1", string[1]))
            left = left[string.end() :]
    return [word.decode() for word in words]


@given(SENDABLE, SENDABLE)
def test_a_server_reads_the_login_that_was_meant(username: str, secret: str) -> None:
    assert read_by_a_server(login_lines(username, secret)) == [username, secret]


@given(st.text())
def test_only_what_a_quoted_string_can_hold_is_quoted(text: str) -> None:
    assert (quoted(text) is not None) == all(" " <= character <= "~" for character in text)


@given(st.binary(), st.lists(st.binary(max_size=5), max_size=2))
def test_whatever_is_sent_can_be_read(text: bytes, literals: list[bytes]) -> None:
    response = Response(text=text, literals=tuple(literals))
    for read in (capabilities_in, exists_in, uid_in, body_in):
        read(response)
    assert code_in(response, b"UIDNEXT") is None or b"UIDNEXT" in text.upper()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"CAPABILITY IMAP4rev1 IDLE", [b"IMAP4rev1", b"IDLE"]),
        (b"OK [CAPABILITY IMAP4rev1] Logged in", [b"IMAP4rev1"]),
        (b"NO [CAPABILITY IMAP4rev1] No", None),
        (b"OK Logged in", None),
    ],
)
def test_capabilities_are_told_in_two_ways(text: bytes, names: list[bytes] | None) -> None:
    assert capabilities_in(Response(text=text)) == names


@pytest.mark.parametrize(
    ("text", "uid"),
    [
        (b"1 FETCH (UID 5)", 5),
        (b"1 fetch (flags () uid 5 BODY[] NIL)", 5),
        (b"1 FETCH (FLAGS ())", None),
        (b"SEARCH (UID 5)", None),
        (b"1 FETCH (XUID 5)", None),
    ],
)
def test_a_uid_is_read_where_it_stands(text: bytes, uid: int | None) -> None:
    assert uid_in(Response(text=text)) == uid
