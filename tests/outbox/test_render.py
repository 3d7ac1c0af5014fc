import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.outbox.headers import Mailbox, text_field
from letterhead.outbox.render import Letterhead, Mail, new_message_id, render, with_date, with_head

words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=200)
awkward = st.text('ab "\\,;:=?<>@()é漢', max_size=200)
headers = words | awkward
bodies = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))


ANNA = Mailbox(address="anna@example.com", name="Anna")


def rendered(*, sender: Mailbox = ANNA, usual_reply_to: str | None = None, **fields: object) -> bytes:
    head = Letterhead(sender=sender, reply_to=usual_reply_to, message_id="<1@example.com>")
    to = (Mailbox(address="bob@example.org"),)
    return render(Mail(**{"head": head, "to": to, "subject": "Hello", "text": "Hello", **fields}))


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def same_lines(text: str) -> str:
    return re.sub("\r\n|\r", "\n", text).rstrip("\n")


@given(headers)
def test_any_subject_reads_as_it_was_written(subject: str) -> None:
    assert parsed(rendered(subject=subject))["Subject"] == subject


@given(headers)
def test_any_name_reads_as_it_was_written(name: str) -> None:
    raw = rendered(to=(Mailbox(address="bob@example.org", name=name), Mailbox(address="c@example.org")))
    first, _ = message_from_bytes(raw)["To"].rsplit(",", 1)
    encoded, address = parseaddr(re.sub("\r\n", "", first))
    assert (str(make_header(decode_header(encoded))), address) == (" ".join(name.split()), "bob@example.org")


@given(bodies, st.none() | bodies)
def test_any_body_reads_as_it_was_written(text: str, html: str | None) -> None:
    message = parsed(rendered(text=text, html=html))
    assert same_lines(message.get_body(("plain",)).get_content()) == same_lines(text)
    if html is not None:
        assert same_lines(message.get_body(("html",)).get_content()) == same_lines(html)


@given(headers, headers, bodies, st.none() | bodies)
def test_is_7_bit_in_short_lines_that_end_in_crlf(
    name: str, subject: str, text: str, html: str | None
) -> None:
    raw = rendered(sender=Mailbox(address="a@example.com", name=name), subject=subject, text=text, html=html)
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)


def test_a_whole_message() -> None:
    raw = rendered(
        sender=Mailbox(address="anna@example.com", name="Anna, Sales"),
        to=(Mailbox(address="bob@example.org", name="Bob"),),
        cc=(Mailbox(address="carl@example.org", name="Карл"),),
        reply_to="sales@example.com",
        subject="Angebot",
        text="Grüße von der Ostsee, where all is well.",
        in_reply_to="<0@example.org>",
        headers=(("X-Ticket", "42"),),
    )
    assert with_date(raw, datetime(2026, 11, 24, 6, 0, tzinfo=UTC)).decode().split("\r\n") == [
        "Date: Tue, 24 Nov 2026 06:00:00 +0000",
        'From: "Anna, Sales" <anna@example.com>',
        "Message-ID: <1@example.com>",
        "To: Bob <bob@example.org>",
        "Cc: =?utf-8?B?0JrQsNGA0Ls=?= <carl@example.org>",
        "Reply-To: sales@example.com",
        "Subject: Angebot",
        "In-Reply-To: <0@example.org>",
        "References: <0@example.org>",
        "X-Ticket: 42",
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Gr=C3=BC=C3=9Fe von der Ostsee, where all is well.",
        "",
    ]


def test_only_html() -> None:
    assert parsed(rendered(text=None, html="<p>Hi</p>")).get_content_type() == "text/html"


def test_text_and_html_are_alternatives() -> None:
    message = parsed(rendered(html="<p>Hi</p>"))
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_without_anybody_named_to_is_an_empty_group() -> None:
    assert parsed(rendered(to=()))["To"] == "undisclosed-recipients:;"


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@example.org", "a\nb", "a\rb", "a\0b", "a\x85b", "a\u2028b"])
def test_a_control_character_never_becomes_a_header(evil: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        text_field("X-Note", evil)


def test_the_usual_reply_to_gives_way_to_the_letters_own() -> None:
    assert parsed(rendered(usual_reply_to="team@example.com"))["Reply-To"] == "team@example.com"
    own = rendered(usual_reply_to="team@example.com", reply_to="case-1@example.com")
    assert parsed(own).get_all("Reply-To") == ["case-1@example.com"]


def test_a_thread_is_named_from_its_beginning_to_the_parent() -> None:
    message = parsed(rendered(in_reply_to="<2@x.example>", references=("<1@x.example>", "<2@x.example>")))
    assert message["In-Reply-To"] == "<2@x.example>"
    assert message["References"] == "<1@x.example> <2@x.example>"


@given(headers, headers, bodies, st.none() | st.just("case-1@example.com"))
def test_from_another_sender_all_but_the_senders_part_stays(
    subject: str, name: str, text: str, reply_to: str | None
) -> None:
    letter = {"subject": subject, "text": text, "reply_to": reply_to, "headers": (("X-To", "To: nobody"),)}
    head = Letterhead(
        sender=Mailbox(address="team@example.net", name=name),
        reply_to="answers@example.net",
        message_id="<2@example.net>",
    )
    changed = with_head(rendered(usual_reply_to="anna@example.org", **letter), head)
    assert changed == render(Mail(head=head, to=(Mailbox(address="bob@example.org"),), **letter))


def test_a_message_id_is_of_the_senders_domain_and_new() -> None:
    one, other = new_message_id("anna@example.com"), new_message_id("anna@example.com")
    assert re.fullmatch(r"<[0-9a-f-]{36}@example\.com>", one)
    assert one != other
