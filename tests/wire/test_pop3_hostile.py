import asyncio
import ssl
import tracemalloc

import pytest

from letterhead.vault.secret import Secret
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Security, ServerReply, Stage
from wire.scripted import HANG_UP, POP3, SILENCE, scripted, talking, until_left


async def failure(conversation) -> tuple[Stage, Cause]:
    with pytest.raises(WireError) as caught:
        async with asyncio.timeout(5):
            await conversation.open()
    assert not conversation.is_open
    return caught.value.stage, caught.value.cause


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("untrusted", Cause.TLS_UNTRUSTED),
        ("expired", Cause.TLS_EXPIRED),
        ("wrong name", Cause.TLS_WRONG_NAME),
    ],
)
async def test_each_fault_of_a_certificate_has_its_cause(
    pop3, bad_certificates: dict[str, ssl.SSLContext], security: Security, fault: str, cause: Cause
) -> None:
    bad = bad_certificates[fault]
    implicit = security is Security.TLS
    async with scripted(POP3, tls=bad if implicit else None, upgrade=None if implicit else bad) as served:
        assert await failure(pop3(served, security)) == (Stage.TLS, cause)
    assert "USER" not in served.verbs()


@pytest.mark.parametrize("capa", ["+OK\r\nUSER\r\n.", "-ERR"])
async def test_stripped_stls_ends_before_any_secret(pop3, capa: str) -> None:
    async with scripted(POP3, CAPA=capa) as served:
        conversation = pop3(served, Security.STARTTLS)
        assert await failure(conversation) == (Stage.TLS, Cause.TLS_NOT_OFFERED)
        with pytest.raises(WireError):
            await conversation.sign_in("alice", Secret("corr3ct-h0rse"))
    assert served.verbs() == ["CAPA"]


async def test_bytes_injected_before_the_handshake_end_it(pop3, tls: ssl.SSLContext) -> None:
    async with scripted(POP3, STLS="+OK Begin\r\n+OK evil\r\n+OK evil", upgrade=tls) as served:
        assert await failure(pop3(served, Security.STARTTLS)) == (Stage.TLS, Cause.MALFORMED)
    assert served.verbs() == ["CAPA", "STLS"]


async def test_refused_stls_is_a_reply(pop3) -> None:
    async with scripted(POP3, STLS="-ERR [SYS/TEMP] Not now") as served:
        conversation = pop3(served, Security.STARTTLS)
        with pytest.raises(WireError) as caught:
            await conversation.open()
        conversation.abort()
    assert (caught.value.stage, caught.value.reply) == (Stage.TLS, ServerReply(text="[SYS/TEMP] Not now"))


@pytest.mark.parametrize(
    ("when", "stage"), [("greeting", Stage.GREETING), ("CAPA", Stage.TLS), ("STLS", Stage.TLS)]
)
async def test_a_server_that_hangs_up_is_told_by_stage(pop3, when: str, stage: Stage) -> None:
    async with scripted(POP3, **{when: HANG_UP}) as served:
        assert await failure(pop3(served, Security.STARTTLS)) == (stage, Cause.DISCONNECTED)


async def test_last_words_are_heard_though_the_server_has_gone(pop3, tls: ssl.SSLContext) -> None:
    async def leave(reader, writer, served) -> None:
        writer.write(b"-ERR [SYS/TEMP] Too many\r\n")
        writer.close()
        await writer.wait_closed()

    async with talking(leave, tls=tls) as served:
        conversation = pop3(served, Security.TLS)
        with pytest.raises(WireError) as caught:
            await conversation.open()
        conversation.abort()
    assert (caught.value.stage, caught.value.reply) == (
        Stage.GREETING,
        ServerReply(text="[SYS/TEMP] Too many"),
    )


@pytest.mark.parametrize(
    ("security", "when"),
    [
        (Security.TLS, "greeting"),
        (Security.NONE, "greeting"),
        (Security.NONE, "CAPA"),
        (Security.STARTTLS, "CAPA"),
        (Security.STARTTLS, "STLS"),
    ],
)
async def test_a_silent_server_is_left_when_the_caller_s_time_is_up(
    pop3, security: Security, when: str
) -> None:
    async with scripted(POP3, **{when: SILENCE}) as served:
        conversation = pop3(served, security)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await conversation.open()
        async with asyncio.timeout(1):
            await served.left.wait()
        assert not conversation.is_open


async def test_a_plain_server_where_tls_was_expected(pop3) -> None:
    async with scripted(POP3) as served:
        assert await failure(pop3(served, Security.TLS)) == (Stage.TLS, Cause.TLS_ON_PLAIN)


@pytest.mark.parametrize(
    ("banner", "cause"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n", Cause.WRONG_SERVICE),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Cause.WRONG_SERVICE),
        (b"220 smtp.example ESMTP\r\n", Cause.WRONG_SERVICE),
        (b"* OK IMAP4rev1\r\n", Cause.WRONG_SERVICE),
        (b"\x15\x03\x01\x00\x02\x02\x46", Cause.PLAIN_ON_TLS),
        (b"redis secret=internal\r\n", Cause.MALFORMED),
    ],
)
async def test_a_stranger_is_recognised_and_not_quoted(pop3, banner: bytes, cause: Cause) -> None:
    async def greet(reader, writer, served) -> None:
        writer.write(banner)
        await until_left(reader, served)

    async with talking(greet) as served:
        conversation = pop3(served)
        with pytest.raises(WireError) as caught:
            async with asyncio.timeout(2):
                await conversation.open()
    assert (caught.value.stage, caught.value.cause) == (Stage.GREETING, cause)
    assert conversation.transcript == []
    assert str(caught.value) == f"POP3 GREETING: {cause}"


@pytest.mark.parametrize(
    ("start", "flood", "stage"),
    [
        (b"+OK ", b"x" * 1024, Stage.GREETING),
        (b"+OK\r\n+OK\r\n", b"X-MORE\r\n" * 100, Stage.CAPABILITIES),
        (b"+OK\r\n+OK\r\n", b"x" * 1024, Stage.CAPABILITIES),
    ],
)
async def test_an_endless_answer_is_cut_short(pop3, start: bytes, flood: bytes, stage: Stage) -> None:
    async def pour(reader, writer, served) -> None:
        writer.write(start)
        while True:
            writer.write(flood)
            await writer.drain()

    async with talking(pour) as served:
        tracemalloc.start()
        assert await failure(pop3(served)) == (stage, Cause.MALFORMED)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("cap", [{"most": 1}, {"octets": 10}])
async def test_a_caller_s_cap_ends_a_long_message(pop3, cap: dict[str, int]) -> None:
    async with scripted(POP3) as served:
        conversation = pop3(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.retr(1, **cap)
    assert (caught.value.stage, caught.value.cause) == (Stage.MAILBOX, Cause.MALFORMED)
    assert not conversation.is_open


@pytest.mark.parametrize("answer", ["+OK", "+OK many", "+OK 2", "+OK -1 3", "HELLO"])
async def test_a_status_that_is_none_is_malformed(pop3, answer: str) -> None:
    async with scripted(POP3, STAT=answer) as served:
        conversation = pop3(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.status()
    assert (caught.value.cause, conversation.is_open) == (Cause.MALFORMED, False)


async def test_unique_ids_that_are_none_are_malformed(pop3) -> None:
    async with scripted(POP3, UIDL="+OK\r\n1 fine\r\n2 b\xe4d\r\n.") as served:
        conversation = pop3(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.uidl()
    assert (caught.value.stage, caught.value.cause) == (Stage.MAILBOX, Cause.MALFORMED)
