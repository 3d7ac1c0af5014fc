import pytest
from hypothesis import given
from hypothesis import strategies as st

from bounces.letters import delivery_report, group, in_parts, in_words
from letterhead.bounces.recognition import recognise
from letterhead.bounces.report import Action, Bounced, Report

QMAIL = """\
Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.

<zoe@example.org>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 Unknown user
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <anna@example.com>
From: anna@example.com
To: zoe@example.org
Message-ID: <m-1@example.com>

Hello
"""
EXIM = """\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  zoe@example.org
    host mx.example.org [192.0.2.1]: 552 5.2.2 Mailbox full
  max@example.org
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

From: anna@example.com
To: zoe@example.org, max@example.org
Message-Id: <m-1@example.com>
"""


def test_a_report_names_its_message_and_each_recipient() -> None:
    report = recognise(delivery_report(group("zoe@example.org"), envelope_id="0af1"))

    assert report == Report(
        bounced=(Bounced(address="zoe@example.org", status="5.1.1", diagnostic="550 5.1.1 No such user"),),
        envelope_id="0af1",
        message_ids=("<m-1@example.com>",),
        reporter="mx.example.org",
        found_by="RFC 3464",
    )


def test_failures_and_delays_are_told_apart_and_success_is_neither() -> None:
    groups = (group(f"{action}@example.org", action=action) for action in ("failed", "delayed", "relayed"))

    report = recognise(delivery_report(*groups))

    assert report is not None
    assert [(one.address, one.action) for one in report.bounced] == [
        ("failed@example.org", Action.FAILED),
        ("delayed@example.org", Action.DELAYED),
    ]


def test_an_internationalised_report_is_read() -> None:
    fields = "Final-Recipient: utf-8; zo\\x{EB}@example.org\nAction: failed\nStatus: 5.1.1\n"

    report = recognise(delivery_report(fields, kind="message/global-delivery-status"))

    assert report is not None
    assert report.bounced[0].address == "zoë@example.org"


def test_the_address_that_was_written_to_is_known_beside_the_last_one() -> None:
    fields = "Original-Recipient: rfc822;sales@example.org\n" + group("zoe@example.org")

    report = recognise(delivery_report(fields))

    assert report is not None
    assert report.bounced[0].addresses == ("sales@example.org", "zoe@example.org")


def test_qmails_words_are_read() -> None:
    report = recognise(in_words(QMAIL))

    assert report is not None
    assert (report.found_by, report.message_ids) == ("words", ("<m-1@example.com>",))
    [one] = report.bounced
    assert one.address == "zoe@example.org"
    assert "550 5.1.1 Unknown user" in one.diagnostic


def test_exim_gives_each_its_own_reason() -> None:
    report = recognise(in_words(EXIM, fields="X-Failed-Recipients: zoe@example.org, max@example.org\n"))

    assert report is not None
    said = {one.address: one.diagnostic for one in report.bounced}
    assert "Mailbox full" in said["zoe@example.org"]
    assert "Mailbox full" not in said["max@example.org"]
    assert "Unrouteable" in said["max@example.org"]


@pytest.mark.parametrize(
    "raw",
    [
        delivery_report(group("zoe@example.org", action="delivered", status="2.0.0", said="250 Ok")),
        in_parts([("message/feedback-report", "Feedback-Type: abuse\n")], "feedback-report"),
        in_parts(
            [("message/disposition-notification", "Final-Recipient: rfc822;zoe@example.org\n")],
            "disposition-notification",
        ),
        b"Return-Path: <>\nFrom: zoe@example.org\nAuto-Submitted: auto-replied\nSubject: Out of office\n\nHi",
        b"From: zoe@example.org\nSubject: Re: Delivery failed\n\nYou wrote:\n> <a@b.example>: 550 no",
        b"From: zoe@example.org\nSubject: Delivery of your chairs\n\nReturned to max@example.org",
        b"",
    ],
    ids=["delivered", "complaint", "receipt", "vacation", "an answer", "a letter", "nothing"],
)
def test_what_is_no_bounce_is_not_taken_for_one(raw: bytes) -> None:
    assert recognise(raw) is None


def test_a_filter_that_refuses_by_a_receipt_bounces_it() -> None:
    refusal = in_parts(
        [
            ("text/plain", "Your message to <zoe@example.org> was automatically rejected:\nQuota exceeded"),
            (
                "message/disposition-notification",
                "Disposition: automatic-action/MDN-sent-automatically; deleted",
            ),
        ],
        "disposition-notification",
    )
    report = recognise(b"Auto-Submitted: auto-replied (rejected)\n" + refusal)

    assert report is not None
    assert [one.address for one in report.bounced] == ["zoe@example.org"]


def test_what_no_database_takes_is_replaced() -> None:
    head = "Content-Type: text/plain; charset=utf-7\n"
    report = recognise(in_words("<zoe@example.org>: 550 5.1.1 half +2AA- and +AAA- none\n", fields=head))

    assert report is not None
    assert "\ufffd" in report.bounced[0].diagnostic
    assert not {"\0", "\ud800"} & set(report.bounced[0].diagnostic)


PIECES = [
    *delivery_report(group("zoe@example.org")).splitlines(keepends=True),
    *in_words(EXIM).splitlines(keepends=True),
    b"--b\n",
    b"Content-Type: multipart/mixed; boundary=b\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"=?utf-8?b?w7w=?= =?x?q?=ZZ?=\n",
    b"\xff\xfe\x00",
]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=40), max_size=60))
def test_nothing_is_too_much(pieces: list[bytes]) -> None:
    report = recognise(b"".join(pieces))

    assert report is None or report.bounced


@pytest.mark.parametrize(
    "body",
    [
        b"a@" * 130_000,
        b" " * 260_000,
        b"<a " * 90_000,
        b"Received: x\n" * 22_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(4000)),
        b"--b\n\nhi\n" * 30_000,
    ],
    ids=["signs", "spaces", "markup", "fields", "nested", "parts"],
)
def test_what_is_large_and_odd_is_read_within_bounds(body: bytes) -> None:
    head = b"From: MAILER-DAEMON\nSubject: failed\nContent-Type: multipart/mixed; boundary=b\n\n"

    report = recognise(head + body)

    assert report is None or len(report.bounced) <= 200
