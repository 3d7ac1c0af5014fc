"""What mailboxes are refused with, in the words of the servers that do."""

import pytest

from hostile.stage import Stage
from wire.scripted import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

GMAIL = (
    "[SYS/PERM] Your account is not enabled for POP access. Please visit your Gmail settings page and enable "
    "your account for POP access."
)
REFUSED: list[tuple[str, dict[str, Answer], str]] = [
    ("POP3", {"PASS": f"-ERR {GMAIL}"}, "PROTOCOL_ACCESS_DISABLED"),
    ("POP3", {"PASS": "-ERR [SYS/PERM] POP3 is disabled for this user"}, "PROTOCOL_ACCESS_DISABLED"),
    ("POP3", {"USER": "-ERR POP3 access is disabled for your account"}, "PROTOCOL_ACCESS_DISABLED"),
    ("POP3", {"PASS": "-ERR [AUTH] Authentication failed."}, "WRONG_PASSWORD"),
    ("POP3", {"PASS": "-ERR maildrop already locked"}, "SERVER_UNAVAILABLE"),
    ("POP3", {"PASS": "-ERR Unable to lock maildrop: Mailbox is locked by POP server"}, "SERVER_UNAVAILABLE"),
    ("POP3", {"PASS": "-ERR Mailbox is locked by another POP3 session"}, "SERVER_UNAVAILABLE"),
    ("POP3", {"STAT": "-ERR [SYS/TEMP] Internal error"}, "SERVER_UNAVAILABLE"),
    ("IMAP", {"AUTHENTICATE": "TAG NO [AUTHENTICATIONFAILED] Authentication failed."}, "WRONG_PASSWORD"),
    ("IMAP", {"AUTHENTICATE": "TAG NO IMAP access is disabled for you"}, "PROTOCOL_ACCESS_DISABLED"),
    ("IMAP", {"AUTHENTICATE": "TAG NO [LIMIT] Too many simultaneous connections"}, "RATE_LIMITED"),
    ("IMAP", {"EXAMINE": "TAG NO [INUSE] Mailbox in use"}, "SERVER_UNAVAILABLE"),
]
LATER = {"SERVER_UNAVAILABLE", "RATE_LIMITED"}


@pytest.mark.parametrize(("protocol", "answers", "code"), REFUSED)
async def test_a_refused_mailbox_says_whether_waiting_helps(
    stage: Stage, protocol: str, answers: dict[str, Answer], code: str
) -> None:
    outcome = await stage.against(protocol, **answers)

    [(leg, _, found)] = outcome.troubles
    assert (outcome.status, leg, found) == ("FAILED", protocol, code)
    assert outcome.test["diagnosis"]["retry"] == ("LATER" if code in LATER else "AFTER_CHANGE")
    assert outcome.bad.verbs().count("PASS") <= 1


BUSY: list[tuple[str, dict[str, Answer], str]] = [
    ("POP3", {"PASS": "-ERR [IN-USE] Mailbox is locked by another POP3 session"}, "SERVER_UNAVAILABLE"),
    ("POP3", {"PASS": "-ERR [LOGIN-DELAY] Minimum is 15 minutes"}, "RATE_LIMITED"),
    ("POP3", {"PASS": "-ERR [SYS/TEMP] Temporary failure"}, "SERVER_UNAVAILABLE"),
    ("IMAP", {"AUTHENTICATE": "TAG NO [UNAVAILABLE] Temporary failure"}, "SERVER_UNAVAILABLE"),
]


@pytest.mark.parametrize(("protocol", "answers", "code"), BUSY)
async def test_a_mailbox_that_stays_busy_is_no_reason_against_the_account(
    stage: Stage, protocol: str, answers: dict[str, Answer], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letterhead.trials.run.DEADLINE_SECONDS", 3.9)  # no time for another attempt

    outcome = await stage.against(protocol, **answers)

    assert (outcome.status, outcome.troubles) == (
        "PASSED_WITH_WARNINGS",
        [(protocol, "SIGN_IN", code)],
    )
