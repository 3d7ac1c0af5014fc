import asyncio
import ssl
import tracemalloc

import pytest

from letterhead.vault.secret import Secret
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Security, ServerReply, Stage
from wire.scripted import HANG_UP, IMAP, SILENCE, scripted, talking, until_left

ONLY_LOGIN = "* CAPABILITY IMAP4rev1\r\nTAG OK Done"


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
    imap, bad_certificates: dict[str, ssl.SSLContext], security: Security, fault: str, cause: Cause
) -> None:
    bad = bad_certificates[fault]
    implicit = security is Security.TLS
    async with scripted(IMAP, tls=bad if implicit else None, upgrade=None if implicit else bad) as served:
        assert await failure(imap(served, security)) == (Stage.TLS, cause)


async def test_stripped_starttls_ends_before_any_secret(imap) -> None:
    async with scripted(IMAP, CAPABILITY="* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK Done") as served:
        conversation = imap(served, Security.STARTTLS)
        assert await failure(conversation) == (Stage.TLS, Cause.TLS_NOT_OFFERED)
        with pytest.raises(WireError):
            await conversation.sign_in("alice", Secret("corr3ct-h0rse"))
    assert served.heard == ["A1 CAPABILITY"]


async def test_bytes_injected_before_the_handshake_end_it(imap, tls: ssl.SSLContext) -> None:
    injected = "TAG OK Begin\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL\r\nA3 OK evil"
    async with scripted(IMAP, STARTTLS=injected, upgrade=tls) as served:
        assert await failure(imap(served, Security.STARTTLS)) == (Stage.TLS, Cause.MALFORMED)
    assert served.heard == ["A1 CAPABILITY", "A2 STARTTLS"]


async def test_capabilities_told_in_clear_are_forgotten(imap, tls: ssl.SSLContext) -> None:
    async def change(reader, writer, served) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=EVIL] Hi\r\n")
        await reader.readline()
        writer.write(b"* CAPABILITY STARTTLS AUTH=EVIL\r\nA1 OK Done\r\n")
        await reader.readline()
        writer.write(b"* CAPABILITY AUTH=EVIL\r\nA2 OK [CAPABILITY AUTH=EVIL] Go\r\n")
        await writer.start_tls(tls)
        await reader.readline()
        writer.write(b"* CAPABILITY IMAP4rev1\r\nA3 OK Done\r\n")
        await until_left(reader, served)

    async with talking(change) as served:
        conversation = imap(served, Security.STARTTLS)
        await conversation.open()
        conversation.abort()
    assert conversation.capabilities == ("IMAP4rev1",)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_a_server_that_lets_anybody_in_is_refused(
    imap, tls: ssl.SSLContext, security: Security
) -> None:
    implicit = tls if security is Security.TLS else None
    async with scripted(IMAP, tls=implicit, greeting="* PREAUTH Welcome, friend") as served:
        conversation = imap(served, security)
        with pytest.raises(WireError) as caught:
            await conversation.open()
    assert (caught.value.stage, caught.value.cause) == (Stage.GREETING, Cause.NO_MECHANISM)
    assert caught.value.detail == "PREAUTH, which lets anybody in without signing in"
    assert (served.heard, conversation.is_open) == ([], False)


async def test_last_words_are_heard_though_the_server_has_gone(imap) -> None:
    async def leave(reader, writer, served) -> None:
        writer.write(b"* BYE [UNAVAILABLE] Too many\r\n")
        writer.close()
        await writer.wait_closed()

    async with talking(leave) as served:
        conversation = imap(served)
        with pytest.raises(WireError) as caught:
            await conversation.open()
    assert (caught.value.stage, caught.value.cause) == (Stage.GREETING, Cause.REPLY)
    assert caught.value.reply == ServerReply(text="[UNAVAILABLE] Too many")
    assert not conversation.is_open


async def test_a_server_that_dismisses_us_while_signing_in_is_quoted(imap, tls: ssl.SSLContext) -> None:
    async with scripted(IMAP, tls=tls, AUTHENTICATE=b"* BYE Too many failures\xff\x00\x1b[31m") as served:
        conversation = imap(served, Security.TLS)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", Secret("corr3ct-h0rse"))
    assert (caught.value.stage, caught.value.cause) == (Stage.SIGN_IN, Cause.REPLY)
    assert caught.value.reply == ServerReply(text="Too many failures\ufffd")
    assert not conversation.is_open


async def test_refused_starttls_is_a_reply(imap) -> None:
    async with scripted(IMAP, STARTTLS="TAG NO [UNAVAILABLE] Not now") as served:
        conversation = imap(served, Security.STARTTLS)
        with pytest.raises(WireError) as caught:
            await conversation.open()
        conversation.abort()
    assert (caught.value.stage, caught.value.reply) == (Stage.TLS, ServerReply(text="[UNAVAILABLE] Not now"))


@pytest.mark.parametrize(
    ("when", "stage"), [("greeting", Stage.GREETING), ("CAPABILITY", Stage.TLS), ("STARTTLS", Stage.TLS)]
)
async def test_a_server_that_hangs_up_is_told_by_stage(imap, when: str, stage: Stage) -> None:
    async with scripted(IMAP, **{when: HANG_UP}) as served:
        assert await failure(imap(served, Security.STARTTLS)) == (stage, Cause.DISCONNECTED)


@pytest.mark.parametrize(
    ("security", "when"),
    [
        (Security.TLS, "greeting"),
        (Security.NONE, "greeting"),
        (Security.NONE, "CAPABILITY"),
        (Security.STARTTLS, "CAPABILITY"),
        (Security.STARTTLS, "STARTTLS"),
    ],
)
async def test_a_silent_server_is_left_when_the_caller_s_time_is_up(
    imap, security: Security, when: str
) -> None:
    async with scripted(IMAP, **{when: SILENCE}) as served:
        conversation = imap(served, security)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await conversation.open()
        async with asyncio.timeout(1):
            await served.left.wait()
        assert not conversation.is_open


async def test_a_plain_server_where_tls_was_expected(imap) -> None:
    async with scripted(IMAP) as served:
        assert await failure(imap(served, Security.TLS)) == (Stage.TLS, Cause.TLS_ON_PLAIN)


@pytest.mark.parametrize(
    ("banner", "cause"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n", Cause.WRONG_SERVICE),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Cause.WRONG_SERVICE),
        (b"220 smtp.example ESMTP\r\n", Cause.WRONG_SERVICE),
        (b"+OK POP3 ready\r\n", Cause.WRONG_SERVICE),
        (b"\x15\x03\x01\x00\x02\x02\x46", Cause.PLAIN_ON_TLS),
        (b"* NO internal\r\n", Cause.MALFORMED),
        (b"redis secret=internal\r\n", Cause.MALFORMED),
        (b"\xff\xfe\x00\x01\n", Cause.MALFORMED),
    ],
)
async def test_a_stranger_is_recognised_and_not_quoted(imap, banner: bytes, cause: Cause) -> None:
    async def greet(reader, writer, served) -> None:
        writer.write(banner)
        await until_left(reader, served)

    async with talking(greet) as served:
        conversation = imap(served)
        with pytest.raises(WireError) as caught:
            async with asyncio.timeout(2):
                await conversation.open()
    assert (caught.value.stage, caught.value.cause) == (Stage.GREETING, cause)
    assert conversation.transcript == []
    assert str(caught.value) == f"IMAP GREETING: {cause}"


async def flooded(imap, start: bytes, flood: bytes, run) -> tuple[WireError, int]:
    async def pour(reader, writer, served) -> None:
        writer.write(start)
        while True:
            writer.write(flood)
            await writer.drain()

    async with talking(pour) as served:
        conversation = imap(served)
        tracemalloc.start()
        with pytest.raises(WireError) as caught:
            async with asyncio.timeout(20):
                await run(conversation)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert not conversation.is_open
    return caught.value, peak


CAPABLE = b"* OK\r\n* CAPABILITY IMAP4rev1\r\nA1 OK\r\n"


@pytest.mark.parametrize(
    ("start", "flood", "stage"),
    [
        (b"* OK ", b"x" * 1024, Stage.GREETING),
        (b"* OK\r\n", b"* CAPABILITY X\r\n" * 100, Stage.CAPABILITIES),
        (b"* OK\r\n* CAPABILITY", b" X" * 1024, Stage.CAPABILITIES),
        (b"* OK\r\n", b"* LIST {400000}\r\n" + b"x" * 400_000, Stage.CAPABILITIES),
        (b"* OK\r\n", b"* LIST {9999999999}\r\n" + b"x" * 1000, Stage.CAPABILITIES),
        (b"* OK\r\n* LIST", b" {0}\r\n" * 100, Stage.CAPABILITIES),
        (b"* OK\r\n", b"* OK " + b"\xe2\x80\xae" * 20_000 + b"\r\n", Stage.CAPABILITIES),
    ],
)
async def test_an_endless_answer_is_cut_short(imap, start: bytes, flood: bytes, stage: Stage) -> None:
    error, peak = await flooded(imap, start, flood, lambda conversation: conversation.open())
    assert (error.stage, error.cause) == (stage, Cause.MALFORMED)
    assert peak < 2_000_000


async def test_endless_uids_are_cut_short(imap) -> None:
    start = CAPABLE + b"* 3 EXISTS\r\nA2 OK\r\n"
    flags = b"x" * 1000
    uids = b"".join(b"* 1 FETCH (UID %d FLAGS (%b))\r\n" % (number, flags) for number in range(1, 200))

    async def run(conversation) -> None:
        await conversation.open()
        await conversation.uids()

    error, peak = await flooded(imap, start, uids, run)
    assert (error.stage, error.cause) == (Stage.MAILBOX, Cause.MALFORMED)
    assert peak < 2_000_000


@pytest.mark.parametrize("size", [20_000, 10_000_000])
async def test_a_message_larger_than_asked_for_is_not_read(imap, size: int) -> None:
    answer = b"* 1 FETCH (UID 6 BODY[]<0> {%d}\r\n%b)\r\nTAG OK" % (size, b"x" * size)
    async with scripted(IMAP, **{"UID FETCH": answer}) as served:
        conversation = imap(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.fetch(6, 1000)
    assert (caught.value.stage, caught.value.cause) == (Stage.MAILBOX, Cause.MALFORMED)
    assert not conversation.is_open


@pytest.mark.parametrize(
    "answer",
    ["TAG OK No count", "* many EXISTS\r\nTAG OK", "A9 OK", "HELLO", "", " ", "* 3 EXISTS\r\nTAG  OK"],
)
async def test_a_mailbox_that_is_none_is_malformed(imap, answer: str) -> None:
    async with scripted(IMAP, EXAMINE=answer) as served:
        conversation = imap(served)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.status()
    assert (caught.value.stage, caught.value.cause) == (Stage.MAILBOX, Cause.MALFORMED)
    assert not conversation.is_open


async def test_words_for_people_may_look_like_a_literal(imap) -> None:
    async with scripted(IMAP, EXAMINE="* 3 EXISTS\r\n* OK see {5}\r\nTAG OK {9}") as served:
        conversation = imap(served)
        await conversation.open()
        assert (await conversation.status()).messages == 3
        conversation.abort()


async def test_weird_bytes_become_printable_text(imap) -> None:
    async with scripted(
        IMAP, greeting=b"* OK \x1b[31mmail\x00\xff\xc3\xa4\x1b]0;x\x07 \xe2\x80\xaeevil"
    ) as served:
        conversation = imap(served)
        await conversation.open()
        conversation.abort()
    assert conversation.greeting == "mail\ufffdä evil"


@pytest.mark.parametrize("offered", ["AUTH=PLAIN SASL-IR", "AUTH=PLAIN", ""])
async def test_the_secret_comes_back_in_no_text(imap, tls: ssl.SSLContext, offered: str) -> None:
    secret = 'corr3ct "h0rse" ü'

    async def echo(reader, writer, served) -> None:
        writer.write(b"* OK Hi\r\n")
        await reader.readline()
        writer.write(f"* CAPABILITY IMAP4rev1 {offered}\r\nA1 OK\r\n".encode())
        while not served.left.is_set():
            line = (await reader.readline()).strip()
            served.heard.append(line.decode())
            if line.endswith((b"}", b"AUTHENTICATE PLAIN")):
                writer.write(b"+ " + line + b"\r\n")
            else:
                writer.write(b"* OK you said " + line + b"\r\nA2 NO No " + line + secret.encode() + b"\r\n")

    async with talking(echo, tls=tls) as served:
        conversation = imap(served, Security.TLS)
        await conversation.open()
        with pytest.raises(WireError) as caught:
            await conversation.sign_in("alice", Secret(secret))
        conversation.abort()
    told = "\n".join([*conversation.transcript, str(caught.value), repr(caught.value.reply)])
    assert "h0rse" not in told
    assert served.heard[-1].split(" ")[-1] not in told
    assert caught.value.reply.text.startswith("No ")
