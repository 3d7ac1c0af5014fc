import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.sandbox import mailboxes as bounds
from letterhead.sandbox.mailboxes import Mailboxes, mailbox_of

A, B = "a@sandbox.letterhead.example", "b@sandbox.letterhead.example"


def contents(mailboxes: Mailboxes, mailbox: str) -> list[bytes]:
    return [stored.content for stored in mailboxes.messages(mailbox)]


def test_a_full_mailbox_loses_its_oldest_message_and_no_other() -> None:
    mailboxes = Mailboxes()
    mailboxes.deliver(B, b"of b")

    for number in range(bounds.MESSAGES_PER_MAILBOX + 2):
        mailboxes.deliver(A, str(number).encode())

    kept = contents(mailboxes, A)
    assert (kept[0], len(kept), contents(mailboxes, B)) == (b"2", bounds.MESSAGES_PER_MAILBOX, [b"of b"])


def test_all_mailboxes_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "BYTES_IN_ALL", 10)
    mailboxes = Mailboxes()

    for mailbox, content in [(A, b"12345"), (B, b"67890"), (B, b"x")]:
        mailboxes.deliver(mailbox, content)

    assert (contents(mailboxes, A), contents(mailboxes, B)) == ([], [b"67890", b"x"])


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.booleans()), max_size=40))
def test_unique_ids_are_never_used_twice(deeds: list[tuple[str, bool]]) -> None:
    mailboxes, seen = Mailboxes(), []
    for mailbox, delete in deeds:
        mailboxes.deliver(mailbox, b"hello")
        newest = mailboxes.messages(mailbox)[-1].uid
        seen.append(newest)
        if delete:
            mailboxes.delete(newest)

    assert len(set(seen)) == len(deeds)


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Anna+Shop@Sandbox.Letterhead.Example", "anna@sandbox.letterhead.example"),
        ("a+b+c@sandbox.letterhead.example", A),
        ("+shop@sandbox.letterhead.example", None),
        ("anna@evil-sandbox.letterhead.example", None),
        ("anna", None),
        ("", None),
    ],
)
def test_the_mailbox_of_an_address(address: str, mailbox: str | None) -> None:
    assert mailbox_of(address) == mailbox
