"""Where encryption was taken out on the way, no secret goes out."""

import pytest

from hostile.stage import Stage, sign_ins
from wire.scripted import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRIPPED: list[tuple[str, dict[str, Answer], list[str]]] = [
    ("SMTP", {"EHLO": "250-mail.example\r\n250 AUTH PLAIN LOGIN"}, ["EHLO"]),
    ("SMTP", {"EHLO": "250-mail.example\r\n250-XXXXXXXA\r\n250 AUTH PLAIN LOGIN"}, ["EHLO"]),
    ("SMTP", {"EHLO": "500 What?"}, ["EHLO", "HELO"]),
    ("POP3", {"CAPA": "+OK\r\nUSER\r\nSASL PLAIN\r\n."}, ["CAPA"]),
    ("POP3", {"CAPA": "-ERR What?"}, ["CAPA"]),
    ("IMAP", {"CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK"}, ["A1"]),
    ("IMAP", {"CAPABILITY": "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK"}, ["A1"]),
]


@pytest.mark.parametrize(("protocol", "answers", "said"), STRIPPED)
async def test_where_encryption_is_not_offered_the_talk_is_over(
    stage: Stage, protocol: str, answers: dict[str, Answer], said: list[str]
) -> None:
    outcome = await stage.against(protocol, "STARTTLS", **answers)

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, "TLS", "TLS_MODE_MISMATCH")])
    assert outcome.test["diagnosis"]["title"] == "The server does not offer encryption at this port"
    assert (outcome.bad.verbs()[: len(said)], sign_ins(outcome.bad)) == (said, [])


REFUSED: list[tuple[str, dict[str, Answer], str]] = [
    ("SMTP", {"STARTTLS": "454 4.7.0 TLS not available due to temporary reason"}, "SERVER_UNAVAILABLE"),
    ("SMTP", {"STARTTLS": "501 Syntax error"}, "PROTOCOL_ERROR"),
    ("SMTP", {"STARTTLS": "250 Ok"}, "PROTOCOL_ERROR"),
    ("POP3", {"STLS": "-ERR [SYS/TEMP] No TLS today"}, "SERVER_UNAVAILABLE"),
    ("IMAP", {"STARTTLS": "TAG NO [UNAVAILABLE] No TLS today"}, "SERVER_UNAVAILABLE"),
    ("IMAP", {"STARTTLS": "TAG BAD Syntax"}, "PROTOCOL_ERROR"),
]


@pytest.mark.parametrize(("protocol", "answers", "code"), REFUSED)
async def test_where_encryption_is_refused_the_talk_is_over(
    stage: Stage, protocol: str, answers: dict[str, Answer], code: str
) -> None:
    outcome = await stage.against(protocol, "STARTTLS", **answers)

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, "TLS", code)])
    assert sign_ins(outcome.bad) == []


INJECTED: list[tuple[str, dict[str, Answer]]] = [
    ("POP3", {"STLS": "+OK Begin\r\n+OK\r\n+OK Signed in\r\n+OK 0 0"}),
    ("IMAP", {"STARTTLS": "TAG OK Begin\r\n* CAPABILITY AUTH=PLAIN\r\nA3 OK\r\nA4 OK Signed in"}),
]


@pytest.mark.parametrize(("protocol", "answers"), INJECTED)
async def test_answers_slipped_in_before_the_handshake_answer_nothing(
    stage: Stage, protocol: str, answers: dict[str, Answer]
) -> None:
    outcome = await stage.against(protocol, "STARTTLS", **answers)

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, "TLS", "PROTOCOL_ERROR")])
    assert sign_ins(outcome.bad) == []
