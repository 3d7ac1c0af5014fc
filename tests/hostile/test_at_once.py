"""Where a server takes several commands at once, its answers are told apart all the same."""

import pytest

from hostile.stage import Stage
from wire.scripted import HANG_UP, RESET, Answer, Flood

pytestmark = pytest.mark.asyncio(loop_scope="module")

HELLO = {"EHLO": "250-mail.example\r\n250-PIPELINING\r\n250 AUTH PLAIN"}
CAPA = {"CAPA": "+OK\r\nUSER\r\nPIPELINING\r\n."}
REFUSED: list[tuple[str, dict[str, Answer], str, str]] = [
    ("SMTP", {"MAIL": "550 5.7.1 Sender not owned", "RCPT": "503 No sender"}, "SENDER", "SENDER_NOT_OWNED"),
    ("SMTP", {"MAIL": HANG_UP}, "SENDER", "SERVER_UNAVAILABLE"),
    ("SMTP", {"RCPT": RESET}, "SENDER", "SERVER_UNAVAILABLE"),
    ("SMTP", {"RCPT": Flood(b"250-Ok\r\n" * 1000)}, "SENDER", "PROTOCOL_ERROR"),
    ("POP3", {"USER": "-ERR [AUTH] No such user", "PASS": "-ERR"}, "SIGN_IN", "WRONG_PASSWORD"),
    ("POP3", {"PASS": "-ERR [AUTH] Authentication failed."}, "SIGN_IN", "WRONG_PASSWORD"),
    ("POP3", {"USER": HANG_UP}, "SIGN_IN", "SERVER_UNAVAILABLE"),
    ("POP3", {"PASS": RESET}, "SIGN_IN", "SERVER_UNAVAILABLE"),
    ("POP3", {"STAT": "-ERR [SYS/TEMP] Not now"}, "MAILBOX", "SERVER_UNAVAILABLE"),
    ("POP3", {"USER": "+OK\r\n+OK\r\n+OK", "PASS": "-ERR [AUTH] No"}, "MAILBOX", "PROTOCOL_ERROR"),
]


@pytest.mark.parametrize(("protocol", "answers", "when", "code"), REFUSED)
async def test_a_refusal_belongs_to_its_command(
    stage: Stage, protocol: str, answers: dict[str, Answer], when: str, code: str
) -> None:
    outcome = await stage.against(protocol, **(HELLO if protocol == "SMTP" else CAPA), **answers)

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, when, code)])
    assert outcome.bad.verbs().count("AUTH" if protocol == "SMTP" else "PASS") <= 1


@pytest.mark.parametrize(("protocol", "capable"), [("SMTP", HELLO), ("POP3", CAPA)])
async def test_the_straight_way_passes(stage: Stage, protocol: str, capable: dict[str, Answer]) -> None:
    outcome = await stage.against(protocol, **capable)

    assert (outcome.status, outcome.troubles) == ("PASSED", [])
