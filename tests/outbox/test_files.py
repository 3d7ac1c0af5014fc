"""Files in messages, as a mail program finds them."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterhead.outbox import inline
from letterhead.outbox.filenames import clean_media_type, clean_name, file_name
from letterhead.outbox.headers import Mailbox
from letterhead.outbox.mime import File
from letterhead.outbox.render import Letterhead, Mail, render

ANNA = Letterhead(sender=Mailbox(address="anna@example.com"), message_id="<1@example.com>")
MAIL = b"From: a@example.org\r\nSubject: Inner\r\n\r\nHello\r\n"
awkward = st.text("a.\"\\;=%'<>é漢 ", min_size=1)
names = (st.text(min_size=1, max_size=250) | awkward).map(clean_name)
types = st.sampled_from(["application/pdf", "text/csv; charset=utf-8", "image/png", "application/x-a+b"])
files = st.builds(
    File,
    name=names,
    media_type=types,
    content=st.binary(max_size=2000),
    content_id=st.none() | st.uuids().map(lambda one: f"{one}@example.com"),
)
bodies = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=300)


def rendered(**fields: object) -> bytes:
    to = (Mailbox(address="bob@example.org"),)
    return render(Mail(**{"head": ANNA, "to": to, "subject": "Hello", "text": "Hello", **fields}))


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def same_lines(text: str) -> str:
    return re.sub("\r\n|\r", "\n", text).rstrip("\n")


def structure(message: EmailMessage) -> object:
    kind = message.get_content_type()
    return {kind: [structure(part) for part in message.iter_parts()]} if message.is_multipart() else kind


@given(st.lists(files, max_size=4), bodies, st.none() | bodies)
def test_whatever_goes_in_comes_out(given_files: list[File], text: str, html: str | None) -> None:
    shown = [file for file in given_files if file.content_id is None or html is not None]
    message = parsed(rendered(text=text, html=html, files=tuple(shown)))

    assert same_lines(message.get_body(("plain",)).get_content()) == same_lines(text)
    if html is not None:
        assert same_lines(message.get_body(("html",)).get_content()) == same_lines(html)
    leaves = [part for part in message.walk() if part.get_filename() is not None]
    found = [
        (
            part.get_filename(),
            part["Content-Type"],
            part.get_payload(decode=True),
            (part["Content-ID"] or "").strip("<>") or None,
        )
        for part in leaves
    ]
    wanted = [
        (file.name, file.media_type.replace("utf-8", '"utf-8"'), file.content, file.content_id)
        for file in sorted(shown, key=lambda file: file.content_id is None)
    ]
    assert [(n, t.replace("=utf-8", '="utf-8"'), c, i) for n, t, c, i in found] == wanted


@given(st.lists(files, max_size=3), bodies)
def test_files_keep_it_7_bit_in_lines_that_any_server_takes(given_files: list[File], html: str) -> None:
    raw = rendered(html=html, files=tuple(given_files))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    outside = set(re.findall(rb"(?m)^([A-Za-z-]+):", raw.partition(b"\r\n\r\n")[0]))
    assert outside <= {
        *(b"From", b"Message-ID", b"To", b"Subject", b"MIME-Version", b"Content-Type"),
        b"Content-Transfer-Encoding",
    }


def test_images_stand_beside_the_html_and_files_beside_it_all() -> None:
    image = File(name="logo.png", media_type="image/png", content=b"1", content_id="logo@example.com")
    offer = File(name="offer.pdf", media_type="application/pdf", content=b"2")
    message = parsed(rendered(html="<img src='cid:logo@example.com'>", files=(offer, image)))
    related = {"multipart/related": ["text/html", "image/png"]}
    assert structure(message) == {
        "multipart/mixed": [{"multipart/alternative": ["text/plain", related]}, "application/pdf"]
    }
    assert [part.get_content_disposition() for part in message.walk()][-2:] == ["inline", "attachment"]


def test_only_a_file_and_a_text_are_not_wrapped_twice() -> None:
    offer = File(name="offer.pdf", media_type="application/pdf", content=b"2")
    assert structure(parsed(rendered(files=(offer,)))) == {
        "multipart/mixed": ["text/plain", "application/pdf"]
    }


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (MAIL, "message/rfc822"),
        (MAIL.replace(b"Hello", "Grüße".encode()), "application/octet-stream"),
        (MAIL.replace(b"Hello", b"a" * 999), "application/octet-stream"),
        (MAIL.replace(b"\r\n", b"\n"), "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_a_mail_within_a_mail_goes_as_it_is_or_opaque(content: bytes, kind: str) -> None:
    file = File(name="inner.eml", media_type="message/rfc822", content=content)
    (part,) = parsed(rendered(files=(file,))).iter_attachments()
    assert (part.get_content_type(), part.get_filename()) == (kind, "inner.eml")
    if kind == "message/rfc822":
        assert part.get_content()["Subject"] == "Inner"
    else:
        assert part.get_payload(decode=True) == content


@pytest.mark.parametrize("kind", ["multipart/mixed", "message/external-body", "message/partial"])
def test_what_is_no_file_is_no_structure_of_ours(kind: str) -> None:
    (part,) = parsed(rendered(files=(File(name="a", media_type=kind, content=b"x"),))).iter_attachments()
    assert part.get_content_type() == "application/octet-stream"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("offer.pdf", "offer.pdf"),
        ("C:\\fakepath\\offer.pdf", "offer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nBcc: b.txt", "a Bcc: b.txt"),
        ("\u202egnp.exe", "gnp.exe"),
        ("..", "attachment"),
        ('"offer.pdf"', "offer.pdf"),
        ("", "attachment"),
        ("a/", "attachment"),
        ("e\u0301.txt", "é.txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_a_name_is_a_name_alone(told: str, name: str) -> None:
    assert clean_name(told) == name


@given(st.text())
def test_any_name_is_cleaned_once(told: str) -> None:
    once = clean_name(told)
    assert clean_name(once) == once
    assert 1 <= len(once) <= 200


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('attachment; filename="offer.pdf"', "offer.pdf"),
        ("attachment; filename=offer.pdf", "offer.pdf"),
        ("attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf"),
        ("attachment; filename=\"x.pdf\"; filename*=UTF-8''%E6%BC%A2.pdf", "漢.pdf"),
        ('attachment; filename="Gr\u00c3\u00bc\u00c3\u009fe.pdf"', "Grüße.pdf"),
        ('attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
        ("attachment", None),
        ("", None),
        ("attachment; filename*=utf-8'en'%FF; x=y", "�"),
        ("attachment; filename*=nonsense''%FF", None),
    ],
)
def test_a_file_is_named_as_browsers_and_tools_do(field: str, name: str | None) -> None:
    assert file_name(field) == name


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("Application/PDF", "application/pdf"),
        ('text/csv; header=present; charset="UTF-8"', "text/csv; charset=UTF-8"),
        ("image/png; charset=utf-8", "image/png"),
        ("pdf", None),
        ("a/b\r\nX: y", None),
    ],
)
def test_a_media_type_is_kept_to_what_matters(told: str, kind: str | None) -> None:
    assert clean_media_type(told) == kind


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ('<img src="cid:logo.png">', {"logo.png"}),
        ("<img src='CID:my%20logo.png'>", {"my logo.png"}),
        ('<img src="cid:my logo.png">', {"my logo.png"}),
        ("<img src=cid:logo.png alt=x>", {"logo.png"}),
        ('<td style="background: url(cid:bg.png)">', {"bg.png"}),
        ('<img src="cid:a&amp;b.png">', {"a&b.png"}),
        ("<p>Write cid:logo.png to show it.</p>", set()),
    ],
)
def test_what_an_html_shows(html: str, shown: set[str]) -> None:
    assert inline.references(html) == shown
    named = dict.fromkeys(shown, "1@example.com")
    assert inline.references(inline.rewritten(html, named)) == set(named.values())


@given(st.text("<>\"=cid: ()abc'", max_size=80))
def test_nothing_but_a_known_reference_is_rewritten(html: str) -> None:
    assert inline.rewritten(html, {}) == html
