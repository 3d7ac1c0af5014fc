"""What a server says is shown as text that can do no harm, and only where it is said to be the server's."""

from collections.abc import Iterator
from typing import Any

import pytest

from hostile.stage import Stage
from wire.scripted import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

NASTY = (
    b"\xff\xfe\x00\x08 \x1b[31;1mred\x1b]8;;http://evil.example\x07link\x9b2J"
    b"\xe2\x80\xae txet \xe2\x81\xa6\xe2\x80\x8b\xf3\xa0\x81\x81\xed\xa0\x80 <script>alert(1)</script>"
)
SHOWN = "<script>alert(1)</script>"
SAID: list[tuple[str, dict[str, Answer]]] = [
    ("SMTP", {"greeting": b"220 " + NASTY}),
    ("SMTP", {"greeting": b"554 " + NASTY}),
    ("SMTP", {"EHLO": b"250-mail.example\r\n250-AUTH PLAIN\r\n250 DSN " + NASTY}),
    ("SMTP", {"AUTH": b"535-5.7.8 " + NASTY + b"\r\n535 5.7.8 " + NASTY}),
    ("SMTP", {"MAIL": b"550 " + NASTY}),
    ("SMTP", {"RCPT": b"451 4.7.1 " + NASTY}),
    ("POP3", {"greeting": b"+OK " + NASTY}),
    ("POP3", {"greeting": b"-ERR " + NASTY}),
    ("POP3", {"CAPA": b"+OK\r\nUSER\r\nIMPLEMENTATION " + NASTY + b"\r\n."}),
    ("POP3", {"USER": b"-ERR " + NASTY}),
    ("POP3", {"PASS": b"-ERR [AUTH] " + NASTY}),
    ("POP3", {"STAT": b"-ERR " + NASTY}),
    ("IMAP", {"greeting": b"* OK " + NASTY}),
    ("IMAP", {"greeting": b"* BYE " + NASTY}),
    ("IMAP", {"CAPABILITY": b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN " + NASTY + b"\r\nTAG OK"}),
    ("IMAP", {"AUTHENTICATE": b"* NO [ALERT] " + NASTY + b"\r\nTAG NO [AUTHENTICATIONFAILED] " + NASTY}),
    ("IMAP", {"EXAMINE": b"TAG NO " + NASTY}),
]
ALL = """
query ($id: ID!) {
  node(id: $id) {
    ... on AccountTest {
      steps { title evidence transcript diagnosis { ...All } }
      diagnosis { ...All }
    }
  }
}
fragment All on Diagnosis { title explanation advice { text } help reply { text } explainedBy }
"""
ITS_OWN = {"evidence", "transcript", "text"}
"""Where words of the server's may stand; the ``text`` is a reply's."""


@pytest.mark.parametrize(("protocol", "answers"), SAID)
async def test_what_a_server_says_is_harmless(
    stage: Stage, protocol: str, answers: dict[str, Answer]
) -> None:
    outcome = await stage.against(protocol, **answers)

    shown = (await stage.caller.ask(ALL, id=outcome.test["id"]))["node"]
    said = [(path, text) for path, text in texts(shown) if SHOWN in text]
    assert all(text.replace("\n", "").isprintable() for _, text in texts(shown))
    assert said
    assert {path for path, _ in said} <= ITS_OWN


def texts(found: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in an answer, and the name of the field it stands in."""
    if isinstance(found, dict):
        for name, part in found.items():
            yield from texts(part, name)
    elif isinstance(found, list):
        for part in found:
            yield from texts(part, path)
    elif isinstance(found, str):
        yield path, found
