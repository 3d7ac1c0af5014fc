from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from letterhead.errors import ProblemCode
from letterhead.outbox.compose import (
    Draft,
    HeaderInput,
    RecipientInput,
    compose,
    key_problems,
    parse_address,
)
from letterhead.outbox.headers import Mailbox
from letterhead.outbox.rules import RecipientKind
from letterhead.senders.rules import SenderContext
from outbox.conftest import mail

AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def problems(**fields: object) -> list[tuple[ProblemCode, tuple[str, ...]]]:
    found = compose(mail(**fields), at=AT)
    assert not isinstance(found, Draft)
    return [(problem.code, problem.path) for problem in found]


def draft(**fields: object) -> Draft:
    found = compose(mail(**fields), at=AT)
    assert isinstance(found, Draft), found
    return found


def recipients(*addresses: str) -> tuple[RecipientInput, ...]:
    return tuple(RecipientInput(address=address) for address in addresses)


@pytest.mark.parametrize(
    "address",
    ["", "bob", "bob@", "@example.org", "bob@exa mple.org", "bob@example.org\r\nRCPT TO:<x@example.org>",
     "bob\0@example.org", "bob@example..org", "Bob <bob@example.org>", "бob@example.org", "bob@-x.org",
     "bob@example.org, carl@example.org", "b" * 300 + "@example.org"],
)  # fmt: skip
def test_a_malformed_address_is_pointed_at(address: str) -> None:
    assert problems(to=("anna@example.org", address)) == [(ProblemCode.INVALID, ("to", "1", "address"))]


def test_a_domain_is_kept_as_a_labels() -> None:
    assert parse_address("Bob@BÜCHER.example") == "Bob@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"to": ()}, "REQUIRED", ("to",)),
        ({"to": ("bob@example.org",) * 501}, "TOO_MANY_RECIPIENTS", ("to",)),
        ({"text": None}, "REQUIRED", ("text",)),
        ({"subject": "a\r\nBcc: x@example.org"}, "INVALID", ("subject",)),
        ({"subject": "half \ud800"}, "INVALID", ("subject",)),
        ({"subject": "a" * 999}, "TOO_LARGE", ("subject",)),
        ({"text": "a\0b"}, "INVALID", ("text",)),
        ({"html": "half \udfff"}, "INVALID", ("html",)),
        ({"text": "ä" * 2_500_001}, "TOO_LARGE", ("text",)),
        ({"reply_to": "nobody"}, "INVALID", ("replyTo",)),
        ({"in_reply_to": "no id\r\n"}, "INVALID", ("inReplyTo",)),
        ({"not_before": datetime(2026, 12, 1)}, "INVALID", ("notBefore",)),  # noqa: DTZ001
        ({"not_before": datetime.max.replace(tzinfo=UTC)}, "INVALID", ("notBefore",)),
        ({"expires_at": AT}, "INVALID", ("expiresAt",)),
        (
            {"not_before": AT + timedelta(days=2), "expires_at": AT + timedelta(days=1)},
            "INVALID",
            ("expiresAt",),
        ),
        ({"cc": (RecipientInput(address="c@example.org", name="a\nb"),)}, "INVALID", ("cc", "0", "name")),
    ],
)
def test_each_mistake_is_pointed_at(fields: dict[str, object], code: str, path: tuple[str, ...]) -> None:
    assert problems(**fields) == [(ProblemCode(code), path)]


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [("Bcc", "x@example.org", "name"), ("Sender", "x@example.org", "name"), ("X-SMTPAPI", "{}", "name"),
     ("DKIM-Signature", "v=1", "name"), ("In-Reply-To", "<1@x.example>", "name"),
     ("List-Unsubscribe", "https://example.com", "value"), ("References", "<1@x.example> nonsense", "value"),
     ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click", "value"),
     ("Auto-Submitted", "perhaps", "value"), ("Importance", "very", "value"),
     ("From", "x@example.org", "name"), ("X-A\r\nBcc", "x", "name"),
     ("Content-Type", "text/html", "name"), ("X-A", "a\r\nBcc: x", "value"), ("X-A", " ", "value"),
     ("List-Unsubscribe", "<https://bücher.example>", "value"), ("X-A", "a" * 901, "value")],
)  # fmt: skip
def test_a_header_that_could_do_harm_is_refused(name: str, value: str, part: str) -> None:
    found = problems(headers=(HeaderInput(name=name, value=value),))
    assert found == [(ProblemCode.INVALID, ("headers", "0", part))]


def test_headers_that_help_are_taken() -> None:
    headers = (("List-Unsubscribe", "<https://example.com/" + "u" * 300 + ">"), ("X-Ticket", "Größe 42"))
    given = tuple(HeaderInput(name=name, value=value) for name, value in headers)
    assert draft(headers=given).headers == headers


@pytest.mark.parametrize(
    ("name", "value"),
    [("Auto-Submitted", "auto-generated"), ("Content-Language", "de, en"), ("Feedback-ID", "a:b:c:acme"),
     ("List-Help", "<mailto:help@example.com>, <https://example.com/help>"), ("List-Post", "NO"),
     ("List-Id", "News <news.example.com>"), ("Organization", "Grüße & Co"), ("Precedence", "bulk")],
)  # fmt: skip
def test_a_header_of_its_form_is_taken(name: str, value: str) -> None:
    assert draft(headers=(HeaderInput(name=name, value=value),)).headers == ((name, value),)


def test_one_click_needs_a_place_to_post_to() -> None:
    headers = (
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Unsubscribe", "<https://a.example/1>"),
    )
    given = tuple(HeaderInput(name=name, value=value) for name, value in headers)
    assert draft(headers=given).headers == headers


def test_a_thread_is_given_by_its_references() -> None:
    thread = HeaderInput(name="references", value="<1@x.example> <2@x.example>")
    found = draft(headers=(thread,), in_reply_to="2@x.example")
    assert (found.references, found.in_reply_to) == (("<1@x.example>", "<2@x.example>"), "<2@x.example>")
    assert found.headers == ()


def test_all_mistakes_are_told_at_once() -> None:
    assert problems(to=("x",), subject="a\n", text=None, reply_to="y") == [
        (ProblemCode.INVALID, ("subject",)),
        (ProblemCode.REQUIRED, ("text",)),
        (ProblemCode.INVALID, ("to", "0", "address")),
        (ProblemCode.INVALID, ("replyTo",)),
    ]


def test_an_address_given_twice_counts_once_and_to_wins() -> None:
    found = draft(
        to=("bob@example.org", "Bob@EXAMPLE.org"),
        cc=recipients("bob@example.org", "carl@example.org"),
        bcc=recipients("carl@example.org", "dora@example.org"),
    )
    assert found.recipients == (
        (RecipientKind.TO, Mailbox(address="bob@example.org")),
        (RecipientKind.CC, Mailbox(address="carl@example.org")),
        (RecipientKind.BCC, Mailbox(address="dora@example.org")),
    )


def test_a_message_is_given_up_five_days_after_it_may_first_be_sent() -> None:
    later = AT + timedelta(days=3)
    assert draft().expires_at == AT + timedelta(days=5)
    assert draft(not_before=later).expires_at == later + timedelta(days=5)


@pytest.mark.parametrize(("key", "code"), [("", "REQUIRED"), ("k" * 201, "INVALID"), ("a\nb", "INVALID")])
def test_a_key_names_one_message(key: str, code: str) -> None:
    assert [(problem.code, problem.path) for problem in key_problems(key)] == [(code, ("idempotencyKey",))]


def test_the_context_is_of_no_matter_here() -> None:
    assert draft(context=SenderContext(employee_id=UUID(int=1))) == draft()
