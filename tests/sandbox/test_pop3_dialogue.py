import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD, Mailboxes
from letterhead.sandbox.pop3_dialogue import Dialogue, Then

BEN = "ben@sandbox.letterhead.example"
FIRST, SECOND = b"Subject: 1\r\n\r\none\r\n..two\r\n", b"Subject: 2\r\n\r\nonly\r\n"


@pytest.fixture
def mailboxes() -> Mailboxes:
    mailboxes = Mailboxes()
    for content in (FIRST, SECOND):
        mailboxes.deliver(BEN, content)
    return mailboxes


@pytest.fixture
def dialogue(mailboxes: Mailboxes) -> Dialogue:
    return signed_in(mailboxes)


def signed_in(mailboxes: Mailboxes) -> Dialogue:
    dialogue = Dialogue(mailboxes, set())
    dialogue.secured = True
    for line in (f"USER {BEN}", f"PASS {SANDBOX_PASSWORD}"):
        assert dialogue.answer(line).said.startswith(b"+OK")
    return dialogue


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("STAT", b"+OK 2 46\r\n"),
        ("list", b"+OK messages\r\n1 26\r\n2 20\r\n.\r\n"),
        ("LIST 2", b"+OK 2 20\r\n"),
        ("RETR 1", b"+OK here it is\r\nSubject: 1\r\n\r\none\r\n...two\r\n.\r\n"),
        ("TOP 1 1", b"+OK here it is\r\nSubject: 1\r\n\r\none\r\n.\r\n"),
        ("TOP 1 0", b"+OK here it is\r\nSubject: 1\r\n\r\n.\r\n"),
        ("TOP 1", b"-ERR TOP wants a message and a number of lines\r\n"),
        ("RETR 3", b"-ERR there is no such message\r\n"),
        ("RETR 0", b"-ERR there is no such message\r\n"),
        ("RETR \u0661", b"-ERR there is no such message\r\n"),
        ("NOOP", b"+OK\r\n"),
        ("USER ben", b"-ERR not understood, or not possible now\r\n"),
        ("", b"-ERR not understood, or not possible now\r\n"),
    ],
)
def test_answers(dialogue: Dialogue, line: str, said: bytes) -> None:
    assert dialogue.answer(line).said == said


def test_a_unique_id_stays_when_an_earlier_message_goes(mailboxes: Mailboxes) -> None:
    first = signed_in(mailboxes)
    before = first.answer("UIDL 2").said.split()[2]
    first.answer("DELE 1")
    first.answer("QUIT")

    assert signed_in(mailboxes).answer("UIDL").said.split()[2:] == [b"1", before, b"."]


def test_deleted_comes_back_with_rset_and_without_quit(dialogue: Dialogue, mailboxes: Mailboxes) -> None:
    dialogue.answer("DELE 1")
    assert dialogue.answer("STAT").said == b"+OK 1 20\r\n"
    dialogue.answer("RSET")
    assert dialogue.answer("STAT").said == b"+OK 2 46\r\n"
    dialogue.answer("DELE 2")
    dialogue.end()

    assert len(mailboxes.messages(BEN)) == 2


def test_three_refusals_are_enough(mailboxes: Mailboxes) -> None:
    dialogue = Dialogue(mailboxes, set())
    dialogue.secured = True
    answers = []

    for _ in range(3):
        dialogue.answer(f"USER {BEN}")
        answers.append(dialogue.answer("PASS wrong"))

    assert {answer.said for answer in answers} == {b"-ERR [AUTH] invalid credentials\r\n"}
    assert [answer.then for answer in answers] == [Then.READ_ON, Then.READ_ON, Then.LEAVE]


@pytest.mark.parametrize(("secured", "way_in"), [(False, b"STLS"), (True, b"USER")])
def test_the_way_in_that_is_offered(mailboxes: Mailboxes, *, secured: bool, way_in: bytes) -> None:
    dialogue = Dialogue(mailboxes, set())
    dialogue.secured = secured

    offered = dialogue.answer("CAPA").said.splitlines()

    assert [line for line in offered if line in (b"STLS", b"USER")] == [way_in]


@given(st.text())
def test_no_line_breaks_the_conversation(line: str) -> None:
    assert Dialogue(Mailboxes(), set()).answer(line).said.startswith((b"+OK", b"-ERR"))
