import asyncio
import ssl
import tracemalloc

import pytest

from letterhead.vault.secret import Secret
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Security, Stage
from wire.scripted import HANG_UP, SILENCE, SMTP, scripted, talking, until_left


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
    smtp, bad_certificates: dict[str, ssl.SSLContext], security: Security, fault: str, cause: Cause
) -> None:
    bad = bad_certificates[fault]
    implicit = security is Security.TLS
    async with scripted(SMTP, tls=bad if implicit else None, upgrade=None if implicit else bad) as served:
        assert await failure(smtp(served, security)) == (Stage.TLS, cause)
    assert "AUTH" not in served.verbs()


async def test_stripped_starttls_ends_before_any_secret(smtp) -> None:
    async with scripted(SMTP, EHLO="250-mail.example\r\n250 AUTH PLAIN LOGIN") as served:
        conversation = smtp(served, Security.STARTTLS)
        assert await failure(conversation) == (Stage.TLS, Cause.TLS_NOT_OFFERED)
        with pytest.raises(WireError):
            await conversation.sign_in("alice", Secret("corr3ct-h0rse"))
    assert served.verbs() == ["EHLO"]


async def test_refused_starttls_is_a_reply(smtp) -> None:
    async with scripted(SMTP, STARTTLS="454 4.7.0 Not now") as served:
        assert await failure(smtp(served, Security.STARTTLS)) == (Stage.TLS, Cause.REPLY)


async def test_bytes_injected_before_the_handshake_are_not_read_as_encrypted(
    smtp, tls: ssl.SSLContext
) -> None:
    async def inject(reader, writer, served) -> None:
        writer.write(b"220 mail.example\r\n")
        await reader.readline()
        writer.write(b"250-mail.example\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 Go ahead\r\n250-evil.example\r\n250 AUTH PLAIN\r\n")
        await writer.start_tls(tls)
        served.heard.append((await reader.readline()).decode())
        writer.write(b"250-mail.example\r\n250 SIZE 1\r\n")
        await until_left(reader, served)

    async with talking(inject) as served:
        conversation = smtp(served, Security.STARTTLS)
        await conversation.open()
        conversation.abort()
    assert conversation.capabilities == ("SIZE 1",)
    assert served.heard == ["EHLO client.example\r\n"]


STAGES = {"greeting": Stage.GREETING, "EHLO": Stage.TLS, "STARTTLS": Stage.TLS}


@pytest.mark.parametrize(("when", "stage"), STAGES.items())
async def test_a_server_that_hangs_up_is_told_by_stage(smtp, when: str, stage: Stage) -> None:
    async with scripted(SMTP, **{when: HANG_UP}) as served:
        assert await failure(smtp(served, Security.STARTTLS)) == (stage, Cause.DISCONNECTED)


async def test_a_server_that_hangs_up_in_the_handshake(smtp) -> None:
    async def hang_up(reader, writer, served) -> None:
        await reader.read(1)

    async with talking(hang_up) as served:
        assert await failure(smtp(served, Security.TLS)) == (Stage.TLS, Cause.DISCONNECTED)


@pytest.mark.parametrize(
    ("security", "when"),
    [
        (Security.TLS, "greeting"),  # a plain server, waited for in the handshake
        (Security.NONE, "greeting"),
        (Security.NONE, "EHLO"),
        (Security.STARTTLS, "EHLO"),
        (Security.STARTTLS, "STARTTLS"),
    ],
)
async def test_a_silent_server_is_left_when_the_caller_s_time_is_up(
    smtp, security: Security, when: str
) -> None:
    async with scripted(SMTP, **{when: SILENCE}) as served:
        conversation = smtp(served, security)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await conversation.open()
        async with asyncio.timeout(1):
            await served.left.wait()
        assert not conversation.is_open


async def test_a_plain_server_where_tls_was_expected(smtp) -> None:
    async with scripted(SMTP) as served:
        assert await failure(smtp(served, Security.TLS)) == (Stage.TLS, Cause.TLS_ON_PLAIN)


async def test_a_server_that_offers_starttls_and_stays_plain(smtp) -> None:
    async def stay_plain(reader, writer, served) -> None:
        writer.write(b"220 mail.example\r\n")
        await reader.readline()
        writer.write(b"250-mail.example\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 Go ahead\r\n")
        await reader.read(1)
        writer.write(b"500 What is this?\r\n")
        await until_left(reader, served)

    async with talking(stay_plain) as served:
        assert await failure(smtp(served, Security.STARTTLS)) == (Stage.TLS, Cause.TLS_HANDSHAKE)


@pytest.mark.parametrize(
    ("banner", "cause"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n", Cause.WRONG_SERVICE),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n<html>internal", Cause.WRONG_SERVICE),
        (b"+OK POP3 ready\r\n", Cause.WRONG_SERVICE),
        (b"* OK IMAP4rev1\r\n", Cause.WRONG_SERVICE),
        (b"\x15\x03\x01\x00\x02\x02\x46", Cause.PLAIN_ON_TLS),
        (b"\x16\x03\x03\x00\x7a\x0a\x00", Cause.PLAIN_ON_TLS),
        (b"redis secret=internal\r\n", Cause.MALFORMED),
        (b"\xff\xfe\x00\x01\n", Cause.MALFORMED),
        (b"999 internal\r\n", Cause.MALFORMED),
        (b"-12 internal\r\n", Cause.MALFORMED),
    ],
)
async def test_a_stranger_is_recognised_and_not_quoted(smtp, banner: bytes, cause: Cause) -> None:
    async def greet(reader, writer, served) -> None:
        writer.write(banner)
        await until_left(reader, served)

    async with talking(greet) as served:
        conversation = smtp(served)
        with pytest.raises(WireError) as caught:
            async with asyncio.timeout(2):
                await conversation.open()
    assert (caught.value.stage, caught.value.cause) == (Stage.GREETING, cause)
    assert conversation.transcript == []
    assert str(caught.value) == f"SMTP GREETING: {cause}"


@pytest.mark.parametrize("flood", [b"x" * 1024, b"220-more\r\n" * 100, b"220-" + b"x" * 9000 + b"\r\n"])
async def test_an_endless_greeting_is_cut_short(smtp, flood: bytes) -> None:
    async def pour(reader, writer, served) -> None:
        while True:
            writer.write(flood)
            await writer.drain()

    async with talking(pour) as served:
        tracemalloc.start()
        assert await failure(smtp(served)) == (Stage.GREETING, Cause.MALFORMED)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2_000_000


async def test_weird_bytes_become_printable_text(smtp) -> None:
    async with scripted(
        SMTP, greeting=b"220-\x1b[31mmail\x00\xff\xc3\xa4\x1b]0;x\x07\r\n220 \xe2\x80\xaeevil"
    ) as served:
        conversation = smtp(served)
        await conversation.open()
        conversation.abort()
    assert conversation.greeting == "mail\ufffdä\nevil"


async def test_the_secret_comes_back_in_no_text(smtp, tls: ssl.SSLContext) -> None:
    secret = "corr3ct-h0rse"

    async def echo(reader, writer, served) -> None:
        writer.write(b"220 mail.example\r\n")
        await reader.readline()
        writer.write(b"250-mail.example\r\n250 AUTH PLAIN\r\n")
        line = (await reader.readline()).strip()
        served.heard.append(line.decode())
        writer.write(b"535 5.7.8 No " + line + b" nor " + secret.encode() + b"\r\n")
        await until_left(reader, served)

    async with talking(echo, tls=tls) as served:
        conversation = smtp(served, Security.TLS)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", Secret(secret))
        conversation.abort()
    encoded = served.heard[0].split(" ")[2]
    told = "\n".join([*conversation.transcript, str(caught.value), repr(caught.value.reply)])
    assert secret not in told
    assert encoded not in told
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert caught.value.reply.text == "No AUTH PLAIN *** nor ***"
