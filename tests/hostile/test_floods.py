"""However much a server says, little of it is read and less of it is kept."""

import tracemalloc

import pytest

from hostile.stage import Stage
from wire.scripted import Flood

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINE = b"x" * 8192
FLOODS = [
    ("SMTP", "greeting", "GREETING", LINE),
    ("SMTP", "greeting", "GREETING", b"220-more\r\n" * 800),
    ("SMTP", "EHLO", "CAPABILITIES", b"250-X-MORE\r\n" * 700),
    ("SMTP", "EHLO", "CAPABILITIES", b"\r\n" * 4000),
    ("SMTP", "AUTH", "SIGN_IN", LINE),
    ("SMTP", "AUTH", "SIGN_IN", b"535-5.7.8 No\r\n" * 600),
    ("SMTP", "RCPT", "SENDER", b"250-Ok\r\n" * 1000),
    ("SMTP", "RCPT", "SENDER", b"550-\xff\x00\x1b[31m\r\n" * 600),
    ("POP3", "greeting", "GREETING", b"+OK " + LINE),
    ("POP3", "CAPA", "CAPABILITIES", b"+OK\r\n" + b"X-MORE\r\n" * 1000),
    ("POP3", "CAPA", "CAPABILITIES", LINE),
    ("POP3", "PASS", "SIGN_IN", b"+OK" + LINE),
    ("POP3", "STAT", "MAILBOX", LINE),
    ("IMAP", "greeting", "GREETING", b"* OK " + LINE),
    ("IMAP", "CAPABILITY", "CAPABILITIES", b"* OK more\r\n" * 700),
    ("IMAP", "AUTHENTICATE", "SIGN_IN", b"* CAPABILITY" + b" X" * 4000 + b"\r\n"),
    ("IMAP", "AUTHENTICATE", "SIGN_IN", b"+ eyJ9\r\n" * 1000),
    ("IMAP", "EXAMINE", "MAILBOX", b"* 1 EXISTS\r\n" * 600),
    ("IMAP", "EXAMINE", "MAILBOX", b"* LIST {8000}\r\n" + b"x" * 8000),
]


@pytest.mark.parametrize(("protocol", "verb", "when", "chunk"), FLOODS)
async def test_an_answer_without_end_is_cut_short(
    stage: Stage, protocol: str, verb: str, when: str, chunk: bytes
) -> None:
    tracemalloc.start()
    try:
        outcome = await stage.against(protocol, **{verb: Flood(chunk)})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (outcome.status, outcome.troubles) == ("FAILED", [(protocol, when, "PROTOCOL_ERROR")])
    assert outcome.bad.poured < 40_000_000, "the network holds some of it too"
    assert peak < 3_000_000, "a test that goes well takes two, with its servers and its caller"
