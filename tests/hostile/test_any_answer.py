"""Whatever a server answers, and in whatever order, a conversation ends well or in a WireError."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letterhead.vault.secret import Secret
from letterhead.wire.conversation import incoming_conversation
from letterhead.wire.dial import Dialler
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import SmtpConversation
from letterhead.wire.trouble import WireError
from letterhead_providers import Protocol, Security
from wire.scripted import HERE, Served, talking

WORDS = """
220-a 220 220_ok 2200 22 -220 +220 ２２０ 250-AUTH=PLAIN 250-AUTH 250-AUTH_PLAIN_LOGIN 250-SIZE_x
250_AUTH_PLAIN 250 250-STARTTLS 235 334 334_!!! 334_YQ== 421 500 502 535 550_5.1.1 553-5.9.9_x 600 199 354
+OK -ERR + +_ +_YQ== +OK_2_320 +OK_9999999999_1 . .. +OK\\nUSER\\n. +OK\\nSASL\\n. +OK\\nSASL_PLAIN\\n.
*_OK *_BYE *_PREAUTH *_NO_[ALERT] *_CAPABILITY *_CAPABILITY_AUTH=PLAIN *_3_EXISTS *_{3}\\nabc *_OK_[CAPABILITY
A1_OK A2_OK A3_OK A4_OK A1_NO A2_BAD A3_NO_{3} A1_OK_[CAPABILITY_AUTH=PLAIN_SASL-IR] A9_OK *_1_FETCH_(UID_1
"""
KNOWN = [word.replace("_", " ").replace("\\n", "\r\n").encode() + b"\r\n" for word in WORDS.split()]
ANSWERS = st.lists(st.sampled_from(KNOWN) | st.binary(max_size=40), max_size=5).map(b"".join)


async def hold(protocol: Protocol, answers: list[bytes]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Served) -> None:
        for words in answers:
            writer.write(words)
            with suppress(TimeoutError):  # nothing more is asked before there is more of an answer
                async with asyncio.timeout(0.02):
                    await reader.readline()

    async with talking(answer) as served:
        server = MailServer(
            protocol=protocol, host="127.0.0.1", port=served.port, security=Security.NONE, username="alice"
        )
        with suppress(WireError):
            async with asyncio.timeout(10):
                await KINDS[protocol](server)


async def send(server: MailServer) -> None:
    conversation = SmtpConversation(
        server, DIALLER, local_hostname="client.example", allow_cleartext_sign_in=True
    )
    try:
        await conversation.open()
        await conversation.sign_in("alice", Secret("corr3ct-h0rse"))
        await conversation.try_sender("alice@lab.example", "alice@lab.example")
        await conversation.quit()
    finally:
        conversation.abort()


async def receive(server: MailServer) -> None:
    conversation = incoming_conversation(server, DIALLER, allow_cleartext_sign_in=True)
    try:
        await conversation.open()
        await conversation.sign_in("alice", Secret("corr3ct-h0rse"))
        await conversation.status()
        await conversation.quit()
    finally:
        conversation.abort()


DIALLER = Dialler(allowed=(HERE,))
KINDS: dict[Protocol, Callable[[MailServer], Awaitable[None]]] = {
    Protocol.SMTP: send,
    Protocol.POP3: receive,
    Protocol.IMAP: receive,
}


@pytest.mark.parametrize("protocol", Protocol)
def test_the_end_has_a_name(protocol: Protocol) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(ANSWERS, max_size=8))
    def whatever(answers: list[bytes]) -> None:
        asyncio.run(hold(protocol, answers))

    whatever()
