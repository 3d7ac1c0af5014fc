"""A server may be gone at any moment."""

import asyncio

import pytest

from hostile.stage import Stage
from wire.scripted import HANG_UP, IN_CLEAR, RESET, Served, reset_when_closed, talking

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSED, GONE, MISMATCH = "CONNECTION_REFUSED", "SERVER_UNAVAILABLE", "TLS_MODE_MISMATCH"
MOMENTS = {
    ("SMTP", "TLS", "greeting"): ("GREETING", REFUSED),
    ("SMTP", "TLS", "EHLO"): ("CAPABILITIES", GONE),
    ("SMTP", "TLS", "AUTH"): ("SIGN_IN", GONE),
    ("SMTP", "TLS", "MAIL"): ("SENDER", GONE),
    ("SMTP", "TLS", "RCPT"): ("SENDER", GONE),
    ("SMTP", "STARTTLS", "greeting"): ("GREETING", REFUSED),
    ("SMTP", "STARTTLS", "EHLO"): ("TLS", MISMATCH),
    ("SMTP", "STARTTLS", "STARTTLS"): ("TLS", MISMATCH),
    ("POP3", "TLS", "greeting"): ("GREETING", REFUSED),
    ("POP3", "TLS", "CAPA"): ("CAPABILITIES", GONE),
    ("POP3", "TLS", "USER"): ("SIGN_IN", GONE),
    ("POP3", "TLS", "PASS"): ("SIGN_IN", GONE),
    ("POP3", "TLS", "STAT"): ("MAILBOX", GONE),
    ("POP3", "STARTTLS", "greeting"): ("GREETING", REFUSED),
    ("POP3", "STARTTLS", "CAPA"): ("TLS", MISMATCH),
    ("POP3", "STARTTLS", "STLS"): ("TLS", MISMATCH),
    ("IMAP", "TLS", "greeting"): ("GREETING", REFUSED),
    ("IMAP", "TLS", "CAPABILITY"): ("CAPABILITIES", GONE),
    ("IMAP", "TLS", "AUTHENTICATE"): ("SIGN_IN", GONE),
    ("IMAP", "TLS", "EXAMINE"): ("MAILBOX", GONE),
    ("IMAP", "STARTTLS", "greeting"): ("GREETING", REFUSED),
    ("IMAP", "STARTTLS", "CAPABILITY"): ("TLS", MISMATCH),
    ("IMAP", "STARTTLS", "STARTTLS"): ("TLS", MISMATCH),
}


@pytest.mark.parametrize("end", [HANG_UP, RESET], ids=["closing", "resetting"])
@pytest.mark.parametrize("moment", MOMENTS, ids="-".join)
async def test_the_end_is_told_by_the_moment_it_came(
    stage: Stage, moment: tuple[str, str, str], end: bytes
) -> None:
    protocol, security, verb = moment

    outcome = await stage.against(protocol, security, **{verb: end})

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, *MOMENTS[moment])])


@pytest.mark.parametrize("end", [HANG_UP, RESET], ids=["closing", "resetting"])
@pytest.mark.parametrize(
    ("protocol", "verb"), [("SMTP", "RSET"), ("SMTP", "QUIT"), ("POP3", "QUIT"), ("IMAP", "LOGOUT")]
)
async def test_what_was_proven_before_stays_proven(
    stage: Stage, protocol: str, verb: str, end: bytes
) -> None:
    outcome = await stage.against(protocol, **{verb: end})

    assert (outcome.status, outcome.troubles) == ("PASSED", [])


@pytest.mark.parametrize("protocol", ["SMTP", "POP3", "IMAP"])
async def test_a_handshake_that_is_reset(stage: Stage, protocol: str) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Served) -> None:
        await reader.read(1)
        reset_when_closed(writer)

    async with talking(reset) as rude:
        outcome = await stage.beside(rude, protocol)

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, "TLS", "TLS_MODE_MISMATCH")])


@pytest.mark.parametrize(
    ("protocol", "verb", "when"),
    [("SMTP", "AUTH", "SIGN_IN"), ("POP3", "PASS", "SIGN_IN"), ("IMAP", "EXAMINE", "MAILBOX")],
)
async def test_a_server_that_falls_out_of_encryption(
    stage: Stage, protocol: str, verb: str, when: str
) -> None:
    outcome = await stage.against(protocol, **{verb: IN_CLEAR})

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, when, "SERVER_UNAVAILABLE")])
