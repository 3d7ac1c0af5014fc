from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.bounces.report import Action, Bounced
from letterhead.bounces.rules import LONGEST_REST, may_be_a_bounce, message_named, only, rest_after, whom

addresses = st.sampled_from(["zoe@example.org", "Zoe@Example.org", "max@example.org", "eve@example.net"])
bounced = st.builds(
    Bounced, address=addresses, original=st.none() | addresses, action=st.sampled_from(Action)
)


@given(st.lists(bounced, max_size=5), st.dictionaries(st.integers(), addresses, max_size=5))
def test_only_failures_of_the_messages_own_recipients_count(
    reported: list[Bounced], recipients: dict[int, str]
) -> None:
    found = whom(reported, recipients)

    assert set(found) <= set(recipients)
    for key, (one, itself) in found.items():
        assert one.action is Action.FAILED
        assert itself == (recipients[key].lower() in [address.lower() for address in one.addresses])


def test_what_was_forwarded_comes_back_but_says_nothing_about_its_address() -> None:
    other = Bounced(address="eve@example.net")

    assert whom([other], {1: "zoe@example.org"}) == {1: (other, False)}
    assert whom([other], {1: "zoe@example.org", 2: "max@example.org"}) == {}


@given(st.uuids())
def test_an_envelope_id_is_a_messages_id(message_id: UUID) -> None:
    assert message_named(message_id.hex) == message_named(f" <{message_id.hex.upper()}> ") == message_id


@pytest.mark.parametrize("other", [None, "", "QQ314159", "0" * 31, "0" * 33])
def test_other_envelope_ids_are_nobodys(other: str | None) -> None:
    assert message_named(other) is None


@pytest.mark.parametrize(
    ("head", "is_worth_it"),
    [
        (b"From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\n", True),
        (b"Return-Path: <>\r\nFrom: zoe@example.org\r\n", True),
        (b"From: zoe@example.org\r\nContent-Type: multipart/report;\r\n boundary=b\r\n", True),
        (b"From: zoe@example.org\r\nX-Failed-Recipients: max@example.org\r\n", True),
        (b"From: zoe@example.org\r\nSubject: Lunch?\r\n\r\nSubject: failed", False),
        (b"", False),
    ],
)
def test_the_header_says_what_is_worth_reading(head: bytes, is_worth_it: bool) -> None:
    assert may_be_a_bounce(head) == is_worth_it


@given(st.integers(1, 1000))
def test_failures_make_the_rest_longer_up_to_a_bound(failures: int) -> None:
    assert 0 < rest_after(failures) <= rest_after(failures + 1) <= LONGEST_REST


def test_only_one_can_be_meant() -> None:
    assert [only(some) for some in ([], [1], [1, 1], [1, 2])] == [None, 1, 1, None]
