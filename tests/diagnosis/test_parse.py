import pytest

from letterhead.diagnosis.parse import parse_pasted, protocol_of, stage_of
from letterhead_providers import Protocol, ServerReply, Stage


@pytest.mark.parametrize(
    ("pasted", "code", "enhanced", "text"),
    [
        ("535 5.7.8 Wrong", 535, "5.7.8", "Wrong"),
        ("550-5.7.1 one\n550 5.7.1 two", 550, "5.7.1", "one\ntwo"),
        ("550-5.7.1 one\r\n550-5.7.1\r\n550 5.7.1 two\r\n", 550, "5.7.1", "one\ntwo"),
        (r"550-5.7.1 one\r\n550 5.7.1 two", 550, "5.7.1", "one\ntwo"),
        ("550-5.7.26 one 550-5.7.26 two 550 5.7.26 three", 550, "5.7.26", "one 5.7.26 two 5.7.26 three"),
        ("SMTPAuthenticationError(535, b'5.7.8 Wrong')", 535, "5.7.8", "Wrong"),
        (r"smtplib.SMTPDataError: (550, b'5.7.1 one\n5.7.1 two')", 550, "5.7.1", "one\ntwo"),
        ("{'a@b.example': (550, b'5.1.1 No such user')}", 550, "5.1.1", "No such user"),
        ("Error: Invalid login: 535-5.7.8 Wrong", 535, "5.7.8", "Error: Invalid login: 5.7.8 Wrong"),
        ("mx[192.0.2.1] said: 550 No such user", 550, None, "mx[192.0.2.1] said: No such user"),
        ("553 sorry, not in my rcpthosts (#5.7.1)", 553, "5.7.1", "sorry, not in my rcpthosts (#5.7.1)"),
        ("550 5.7.0, Mail Sending denied.", 550, "5.7.0", "Mail Sending denied."),
        ("550 #5.1.0 Address rejected.", 550, "5.1.0", "Address rejected."),
        ("5.2.2 Submission quota exceeded", None, "5.2.2", "Submission quota exceeded"),
        ("452 no more than 452 messages", 452, None, "no more than 452 messages"),
        ("554", 554, None, ""),
        ("-ERR [AUTH] Wrong", None, None, "[AUTH] Wrong"),
        ("NO [AUTHENTICATIONFAILED] Wrong", None, None, "NO [AUTHENTICATIONFAILED] Wrong"),
        ("connecting to smtp.example:587 at 5.135.1.9 timed out", None, None, None),
        ("\x1b[31m535\u202e 5.7.8\x00 Wrong\x1b[0m", 535, "5.7.8", "Wrong"),
        ("", None, None, ""),
    ],
)
def test_codes_are_found(pasted: str, code: int | None, enhanced: str | None, text: str | None) -> None:
    assert parse_pasted(pasted) == ServerReply(
        code=code, enhanced=enhanced, text=pasted if text is None else text
    )


@pytest.mark.parametrize(
    ("pasted", "protocol"),
    [
        ("535 5.7.8 Wrong", Protocol.SMTP),
        ("-ERR Wrong", Protocol.POP3),
        ("POP3 answered: -ERR Wrong", Protocol.POP3),
        ("a12 NO [AUTHENTICATIONFAILED] Wrong", Protocol.IMAP),
        ("NO [ALERT] Wrong", Protocol.IMAP),
        ("2 NO LOGIN failed.", Protocol.IMAP),
        ("* BYE Too many", Protocol.IMAP),
        ("NO SUCH USER HERE", Protocol.SMTP),
    ],
)
def test_the_protocol_is_seen_by_the_form(pasted: str, protocol: Protocol) -> None:
    assert protocol_of(pasted) is protocol


@pytest.mark.parametrize(
    ("pasted", "stage"),
    [
        ("535 No", Stage.SIGN_IN),
        ("-ERR No", Stage.SIGN_IN),
        ("550 5.1.1 No", Stage.RECIPIENT),
        ("550 No (in reply to RCPT TO command)", Stage.RECIPIENT),
        ("550 No (in reply to MAIL FROM command)", Stage.SENDER),
        ("550 No (in reply to end of DATA command)", Stage.DATA),
        ("553 5.7.1 Sender address rejected: not owned by auth user", Stage.SENDER),
        ("host refused to talk to me: 554 No", Stage.GREETING),
        ("554 No", Stage.DATA),
    ],
)
def test_the_stage_is_guessed(pasted: str, stage: Stage) -> None:
    assert stage_of(pasted, parse_pasted(pasted)) is stage
