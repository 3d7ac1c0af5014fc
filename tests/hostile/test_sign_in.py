"""A secret is offered once, whatever the server makes of it."""

import base64

import pytest

from hostile.stage import Stage, sign_ins
from wire.scripted import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("offered", ["PLAIN LOGIN CRAM-MD5", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize(
    "refusal", ["535 5.7.8 No", "535-5.7.8 No\r\n535 5.7.8 Never", "435 Not now", "504 What?"]
)
async def test_a_refusal_is_not_answered_with_another_attempt(
    stage: Stage, offered: str, refusal: str
) -> None:
    hello = f"250-mail.example\r\n250 AUTH {offered}"
    other = dict.fromkeys(("MAIL", "RCPT", "RSET", "QUIT"), refusal)

    outcome = await stage.against("SMTP", EHLO=hello, AUTH=refusal, **other)

    [(leg, when, _)] = outcome.troubles
    assert (outcome.status, leg, when) == ("FAILED", "SMTP", "SIGN_IN")
    assert outcome.bad.verbs() == ["EHLO", "AUTH"]
    assert sign_ins(outcome.good) == []
    skipped = [(step["leg"], step["stage"]) for step in outcome.test["steps"] if step["status"] == "SKIPPED"]
    assert skipped == [("SMTP", "SENDER"), ("POP3", "SIGN_IN"), ("POP3", "MAILBOX")]


def offering(*mechanisms: str) -> str:
    return f"250-mail.example\r\n250 AUTH {' '.join(mechanisms)}"


ONLY_SASL = "+OK\r\nSASL PLAIN\r\n."
WITHOUT_IR = "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK"
CHALLENGES: list[tuple[str, dict[str, Answer]]] = [
    ("SMTP", {"EHLO": offering("LOGIN"), "AUTH": ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 2.7.0 Ok")}),
    ("SMTP", {"EHLO": offering("LOGIN"), "AUTH": ("334 Wer?", "334 \xfc", "235 2.7.0 Ok")}),
    ("SMTP", {"EHLO": offering("CRAM-MD5"), "AUTH": ("334 " + encoded("<1@mail.example>"), "235 2.7.0 Ok")}),
    ("SMTP", {"AUTH": ("334 ", "235 2.7.0 Ok")}),
    ("POP3", {"CAPA": ONLY_SASL}),
    ("POP3", {"CAPA": ONLY_SASL, "AUTH": ("+ ", "+OK Welcome")}),
    ("IMAP", {"CAPABILITY": WITHOUT_IR, "AUTHENTICATE": ("+ ", "TAG OK Welcome")}),
    ("IMAP", {"CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK", "LOGIN": "* OK hm\r\nTAG OK Welcome"}),
]


@pytest.mark.parametrize(("protocol", "answers"), CHALLENGES)
async def test_a_challenge_on_the_way_is_met(stage: Stage, protocol: str, answers: dict[str, Answer]) -> None:
    outcome = await stage.against(protocol, **answers)

    assert (outcome.status, outcome.troubles) == ("PASSED", [])


NONSENSE: list[tuple[str, dict[str, Answer]]] = [
    ("SMTP", {"AUTH": "334 "}),
    ("SMTP", {"AUTH": "250 Ok"}),
    ("SMTP", {"EHLO": offering("LOGIN"), "AUTH": ("334 VXNlcm5hbWU6",) * 9}),
    ("SMTP", {"EHLO": offering("LOGIN"), "AUTH": "250 Ok"}),
    ("SMTP", {"EHLO": offering("CRAM-MD5"), "AUTH": "334 that is no base64!"}),
    ("SMTP", {"EHLO": offering("CRAM-MD5"), "AUTH": "334 \xff\xfe"}),
    ("SMTP", {"EHLO": offering("LOGIN"), "AUTH": "235 2.7.0 Ok"}),
    ("POP3", {"CAPA": ONLY_SASL, "AUTH": ("+ ",) * 9}),
    ("POP3", {"PASS": "+ more"}),
    ("POP3", {"PASS": "OK"}),
    ("IMAP", {"AUTHENTICATE": ("+ ",) * 9}),
    ("IMAP", {"AUTHENTICATE": "A99 OK Welcome"}),
    ("IMAP", {"CAPABILITY": WITHOUT_IR, "AUTHENTICATE": "TAG OK Welcome"}),
]


@pytest.mark.parametrize(("protocol", "answers"), NONSENSE)
async def test_nonsense_ends_the_attempt(stage: Stage, protocol: str, answers: dict[str, Answer]) -> None:
    outcome = await stage.against(protocol, **answers)

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, "SIGN_IN", "PROTOCOL_ERROR")])


NO_WAY_IN: list[tuple[str, dict[str, Answer], str]] = [
    ("SMTP", {"EHLO": "250 mail.example"}, "PROTOCOL_ERROR"),
    ("SMTP", {"EHLO": offering("GSSAPI", "NTLM")}, "PROTOCOL_ERROR"),
    ("SMTP", {"EHLO": offering("XOAUTH2")}, "BASIC_AUTH_DISABLED"),
    ("POP3", {"CAPA": "+OK\r\nSASL XOAUTH2\r\n."}, "BASIC_AUTH_DISABLED"),
    ("IMAP", {"CAPABILITY": "* CAPABILITY AUTH=XOAUTH2 LOGINDISABLED\r\nTAG OK"}, "BASIC_AUTH_DISABLED"),
]


@pytest.mark.parametrize(("protocol", "answers", "code"), NO_WAY_IN)
async def test_where_no_way_in_fits_nothing_is_shown(
    stage: Stage, protocol: str, answers: dict[str, Answer], code: str
) -> None:
    outcome = await stage.against(protocol, **answers)

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, "SIGN_IN", code)])
    assert sign_ins(outcome.bad) == []
