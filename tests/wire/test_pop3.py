import ssl

import pytest

from letterhead.vault.secret import Secret
from letterhead.wire.pop3 import MailboxStatus
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Security, ServerReply, Stage
from wire.scripted import HANG_UP, POP3, SILENCE, scripted

SECRET = Secret("corr3ct h0rse")


async def test_tls_from_the_first_byte_runs_every_step_in_order(pop3, tls: ssl.SSLContext) -> None:
    async with scripted(POP3, tls=tls) as served:
        conversation = pop3(served, Security.TLS)
        told = [(stage, await step()) for stage, step in conversation.opening()]
        assert await conversation.sign_in("alice", SECRET) == "Signed in with USER"
        assert await conversation.status() == MailboxStatus(messages=2, octets=320)
        await conversation.quit()
    assert [stage for stage, _ in told] == [
        Stage.RESOLVE,
        Stage.CONNECT,
        Stage.TLS,
        Stage.GREETING,
        Stage.CAPABILITIES,
    ]
    assert told[3:] == [(Stage.GREETING, "POP3 ready"), (Stage.CAPABILITIES, "USER, UIDL, TOP, STLS")]
    assert served.heard == ["CAPA", "USER alice", "PASS corr3ct h0rse", "STAT", "QUIT"]
    assert not conversation.is_open


async def test_stls_asks_for_the_capabilities_again(pop3, tls: ssl.SSLContext) -> None:
    async with scripted(POP3, upgrade=tls) as served:
        conversation = pop3(served, Security.STARTTLS)
        await conversation.open()
        await conversation.sign_in("alice", SECRET)
        assert conversation.encrypted
        await conversation.quit()
    assert served.verbs() == ["CAPA", "STLS", "CAPA", "USER", "PASS", "QUIT"]


async def test_messages_are_read_and_deleted(pop3) -> None:
    async with scripted(POP3) as served:
        conversation = pop3(served, allow_cleartext_sign_in=True)
        await conversation.open()
        await conversation.sign_in("alice", SECRET)
        assert await conversation.uidl() == {1: "first", 2: "second"}
        assert await conversation.top(1, 0) == b"Subject: Hello\r\n\r\n.dotted\r\n"
        assert await conversation.retr(2) == b"Subject: Hello\r\n\r\n.dotted\r\nlast\r\n"
        await conversation.dele(2)
        await conversation.quit()
    assert served.heard[3:] == ["UIDL", "TOP 1 0", "RETR 2", "DELE 2", "QUIT"]


async def test_the_transcript_tells_all_but_the_secret(pop3, tls: ssl.SSLContext) -> None:
    refusal = "-ERR [AUTH] Not corr3ct h0rse"
    async with scripted(POP3, tls=tls, CAPA="-ERR", PASS=refusal) as served:
        conversation = pop3(served, Security.TLS)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        await conversation.quit()
    assert conversation.transcript == [
        "S: +OK POP3 ready",
        "C: CAPA",
        "S: -ERR",
        "C: USER alice",
        "S: +OK",
        "C: PASS ***",
        "S: -ERR [AUTH] Not ***",
        "C: QUIT",
        "S: +OK Bye",
    ]
    assert (caught.value.protocol, caught.value.stage, caught.value.cause) == (
        Protocol.POP3,
        Stage.SIGN_IN,
        Cause.REPLY,
    )
    assert caught.value.reply == ServerReply(text="[AUTH] Not ***")
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


async def test_auth_plain_is_used_where_user_is_not_offered(pop3, tls: ssl.SSLContext) -> None:
    async with scripted(POP3, tls=tls, CAPA="+OK\r\nSASL LOGIN PLAIN\r\n.") as served:
        conversation = pop3(served, Security.TLS)
        await conversation.open()
        assert await conversation.sign_in("alice", SECRET) == "Signed in with PLAIN"
        await conversation.quit()
    assert served.heard[1] == "AUTH PLAIN AGFsaWNlAGNvcnIzY3QgaDByc2U="
    assert "C: AUTH PLAIN ***" in conversation.transcript


async def test_a_server_without_a_mechanism_of_ours_hears_no_secret(pop3, tls: ssl.SSLContext) -> None:
    async with scripted(POP3, tls=tls, CAPA="+OK\r\nSASL XOAUTH2\r\n.") as served:
        conversation = pop3(served, Security.TLS)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        conversation.abort()
    assert (caught.value.cause, caught.value.detail) == (Cause.NO_MECHANISM, "XOAUTH2")
    assert served.verbs() == ["CAPA"]


async def test_without_encryption_no_secret_is_sent(pop3) -> None:
    async with scripted(POP3) as served:
        conversation = pop3(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        conversation.abort()
    assert (caught.value.stage, caught.value.cause) == (Stage.SIGN_IN, Cause.TLS_NOT_OFFERED)
    assert served.verbs() == ["CAPA"]


@pytest.mark.parametrize(
    ("username", "secret"), [("alice\r\nDELE 1", "x"), ("alice", "x\nDELE 1"), ("a", "\0")]
)
async def test_what_would_break_the_line_is_not_sent(
    pop3, tls: ssl.SSLContext, username: str, secret: str
) -> None:
    async with scripted(POP3, tls=tls) as served:
        conversation = pop3(served, Security.TLS)
        await conversation.open()
        with pytest.raises(ValueError, match="cannot hold line breaks"):
            await conversation.sign_in(username, Secret(secret))
        conversation.abort()
    assert served.verbs() == ["CAPA"]


async def test_a_busy_mailbox_keeps_its_response_code(pop3, tls: ssl.SSLContext) -> None:
    async with scripted(POP3, tls=tls, PASS="-ERR [IN-USE] Locked") as served:
        conversation = pop3(served, Security.TLS)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        assert conversation.is_open
        await conversation.quit()
    assert caught.value.reply == ServerReply(text="[IN-USE] Locked")


@pytest.mark.parametrize("answer", [HANG_UP, SILENCE, "-ERR No"])
async def test_quit_never_fails(pop3, answer: bytes | str) -> None:
    async with scripted(POP3, QUIT=answer) as served:
        conversation = pop3(served)
        await conversation.open()
        await conversation.quit()
        assert not conversation.is_open
        await conversation.quit()
