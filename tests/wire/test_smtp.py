import ssl

import pytest

from letterhead.vault.secret import Secret
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Security, ServerReply, Stage
from wire.scripted import HANG_UP, SILENCE, SMTP, scripted

SECRET = Secret("corr3ct-h0rse")


async def test_tls_from_the_first_byte_runs_every_step_in_order(smtp, tls: ssl.SSLContext) -> None:
    async with scripted(SMTP, tls=tls) as served:
        conversation = smtp(served, Security.TLS)
        told = [(stage, await step()) for stage, step in conversation.opening()]
        signed_in = await conversation.sign_in("alice", SECRET)
        await conversation.quit()
    assert [stage for stage, _ in told] == [
        Stage.RESOLVE,
        Stage.CONNECT,
        Stage.TLS,
        Stage.GREETING,
        Stage.CAPABILITIES,
    ]
    assert told[0][1] == "127.0.0.1 is 127.0.0.1"
    assert told[2][1] == "TLSv1.3, TLS_AES_256_GCM_SHA384, certificate by Example CA until 3000-01-01"
    assert told[3:] == [
        (Stage.GREETING, "mail.example ESMTP"),
        (Stage.CAPABILITIES, "SIZE 10000000, 8BITMIME, AUTH PLAIN LOGIN"),
    ]
    assert signed_in == "Signed in with PLAIN"
    assert served.verbs() == ["EHLO", "AUTH", "QUIT"]
    assert not conversation.is_open


async def test_starttls_asks_for_the_capabilities_again(smtp, tls: ssl.SSLContext) -> None:
    async with scripted(SMTP, upgrade=tls) as served:
        conversation = smtp(served, Security.STARTTLS)
        await conversation.open()
        await conversation.sign_in("alice", SECRET)
        assert conversation.encrypted
        await conversation.quit()
    assert served.verbs() == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]


async def test_the_transcript_tells_all_but_the_secret(smtp, tls: ssl.SSLContext) -> None:
    async with scripted(SMTP, tls=tls, EHLO="250-mail.example\r\n250 AUTH LOGIN", AUTH="334 VXNl") as served:
        conversation = smtp(served, Security.TLS)
        await conversation.open()
        with pytest.raises(WireError):
            await conversation.sign_in("alice", SECRET)
    assert conversation.transcript == [
        "S: 220 mail.example ESMTP",
        "C: EHLO client.example",
        "S: 250 mail.example",
        "S: 250 AUTH LOGIN",
        "C: AUTH LOGIN",
        "S: 334 VXNl",
        "C: ***",
        "S: 500 What?",
    ]


async def test_without_encryption_no_secret_is_sent(smtp) -> None:
    async with scripted(SMTP) as served:
        conversation = smtp(served)
        await conversation.open()
        assert not conversation.encrypted
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        conversation.abort()
    assert (caught.value.stage, caught.value.cause) == (Stage.SIGN_IN, Cause.TLS_NOT_OFFERED)
    assert served.verbs() == ["EHLO"]


async def test_an_operator_can_allow_signing_in_without_encryption(smtp) -> None:
    async with scripted(SMTP) as served:
        conversation = smtp(served, allow_cleartext_sign_in=True)
        await conversation.open()
        assert await conversation.sign_in("alice", SECRET) == "Signed in with PLAIN"
        conversation.abort()


@pytest.mark.parametrize(
    ("offered", "used"),
    [("PLAIN LOGIN CRAM-MD5", "PLAIN"), ("CRAM-MD5 LOGIN", "LOGIN"), ("CRAM-MD5", "CRAM-MD5")],
)
async def test_a_wrong_secret_is_tried_once_with_one_mechanism(
    smtp, tls: ssl.SSLContext, offered: str, used: str
) -> None:
    refusal = "535-5.7.8 Wrong\r\n535 5.7.8 See https://example.com"
    async with scripted(SMTP, tls=tls, EHLO=f"250-m\r\n250 AUTH {offered}", AUTH=refusal) as served:
        conversation = smtp(served, Security.TLS)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        await conversation.quit()
    assert caught.value.reply == ServerReply(
        code=535, enhanced="5.7.8", text="Wrong\nSee https://example.com"
    )
    assert (caught.value.protocol, caught.value.stage, caught.value.cause) == (
        Protocol.SMTP,
        Stage.SIGN_IN,
        Cause.REPLY,
    )
    assert [line.split(" ")[1] for line in served.heard if line.startswith("AUTH")] == [used]


async def test_a_server_without_a_mechanism_of_ours_hears_no_secret(smtp, tls: ssl.SSLContext) -> None:
    async with scripted(SMTP, tls=tls, EHLO="250-m\r\n250 AUTH XOAUTH2 GSSAPI") as served:
        conversation = smtp(served, Security.TLS)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", SECRET)
        conversation.abort()
    assert (caught.value.cause, caught.value.detail) == (Cause.NO_MECHANISM, "XOAUTH2 GSSAPI")
    assert served.verbs() == ["EHLO"]


@pytest.mark.parametrize("secret", ["a\r\nRSET", "nul\0", "half\ud800"])
async def test_a_secret_that_would_break_the_line_is_not_sent(smtp, tls: ssl.SSLContext, secret: str) -> None:
    async with scripted(SMTP, tls=tls) as served:
        conversation = smtp(served, Security.TLS)
        await conversation.open()
        with pytest.raises(ValueError, match="cannot hold line breaks") as caught:
            await conversation.sign_in("alice", Secret(secret))
        conversation.abort()
    assert secret not in str(caught.value)
    assert served.verbs() == ["EHLO"]


async def test_a_server_that_knows_only_helo_is_spoken_to(smtp) -> None:
    async with scripted(SMTP, EHLO="502 5.5.1 Unknown") as served:
        conversation = smtp(served)
        await conversation.open()
        assert conversation.capabilities == ()
        conversation.abort()
    assert served.verbs() == ["EHLO", "HELO"]


async def test_a_greeting_of_421_is_a_reply(smtp) -> None:
    async with scripted(SMTP, greeting="421 4.7.0 Try later") as served:
        conversation = smtp(served)
        with pytest.raises(WireError) as caught:
            await conversation.open()
    assert (caught.value.stage, caught.value.cause) == (Stage.GREETING, Cause.REPLY)
    assert caught.value.reply == ServerReply(code=421, enhanced="4.7.0", text="Try later")


@pytest.mark.parametrize(
    ("answers", "stage"),
    [
        ({}, None),
        ({"MAIL": "553 5.7.1 Not yours"}, Stage.SENDER),
        ({"RCPT": "550 5.1.1 Nobody"}, Stage.RECIPIENT),
    ],
)
async def test_a_sender_is_tried_without_a_message(
    smtp, answers: dict[str, str], stage: Stage | None
) -> None:
    async with scripted(SMTP, **answers) as served:
        conversation = smtp(served)
        await conversation.open()
        tried = await conversation.try_sender("alice@example.com", "bob@example.com")
        assert conversation.is_open
        await conversation.quit()
    assert tried.stage is stage
    assert "DATA" not in served.verbs()
    assert served.verbs()[-2:] == (["MAIL", "QUIT"] if stage is Stage.SENDER else ["RSET", "QUIT"])


async def test_a_server_that_closes_is_not_waited_for(smtp) -> None:
    async with scripted(SMTP, MAIL="421 4.3.2 Shutting down") as served:
        conversation = smtp(served)
        await conversation.open()
        tried = await conversation.try_sender("alice@example.com", "bob@example.com")
    assert (tried.stage, tried.reply.code, conversation.is_open) == (Stage.SENDER, 421, False)


@pytest.mark.parametrize("answer", [HANG_UP, SILENCE, "500 No"])
async def test_quit_never_fails(smtp, answer: bytes | str) -> None:
    async with scripted(SMTP, QUIT=answer) as served:
        conversation = smtp(served)
        await conversation.open()
        await conversation.quit()
        assert not conversation.is_open
        await conversation.quit()
