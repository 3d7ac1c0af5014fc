import asyncio
import poplib
import smtplib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import TypeVar

import pytest
import uvloop

from letterhead.errors import ConfigurationError
from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD
from letterhead.sandbox.service import Sandbox, running_sandbox

ANNA = "anna@sandbox.letterhead.example"
BEN = "ben@sandbox.letterhead.example"
LETTER = "From: anna\r\nSubject: Hello\r\n\r\n.one line begins with a dot\r\n"

T = TypeVar("T")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox() as sandbox:
        yield sandbox


def trusting(sandbox: Sandbox) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=sandbox.ca_pem)


def submit(sandbox: Sandbox, talk: Callable[[smtplib.SMTP], T], *, user: str = ANNA) -> T:
    with smtplib.SMTP("localhost", sandbox.smtp_port, timeout=10) as smtp:
        smtp.starttls(context=trusting(sandbox))
        smtp.login(user, SANDBOX_PASSWORD)
        return talk(smtp)


def pop3_over_tls(sandbox: Sandbox) -> poplib.POP3:
    pop3 = poplib.POP3("localhost", sandbox.pop3_port, timeout=10)
    pop3.stls(trusting(sandbox))
    return pop3


@contextmanager
def signed_in(sandbox: Sandbox, user: str):
    pop3 = pop3_over_tls(sandbox)
    try:
        pop3.user(user)
        pop3.pass_(SANDBOX_PASSWORD)
        yield pop3
        pop3.quit()
    finally:
        pop3.close()


def read(sandbox: Sandbox, user: str) -> list[Message]:
    with signed_in(sandbox, user) as pop3:
        raw = [b"\r\n".join(pop3.retr(number + 1)[1]) + b"\r\n" for number in range(pop3.stat()[0])]
    return [message_from_bytes(content) for content in raw]


async def test_what_one_sends_the_other_reads(sandbox: Sandbox) -> None:
    await asyncio.to_thread(submit, sandbox, lambda smtp: smtp.sendmail(ANNA, [BEN], LETTER))

    [message] = await asyncio.to_thread(read, sandbox, BEN)

    assert (message["Return-Path"], message["Delivered-To"], message["Subject"], message.get_payload()) == (
        f"<{ANNA}>",
        BEN,
        "Hello",
        ".one line begins with a dot\r\n",
    )


async def test_a_plus_address_is_the_same_mailbox(sandbox: Sandbox) -> None:
    shop = "anna+shop@sandbox.letterhead.example"

    await asyncio.to_thread(submit, sandbox, lambda smtp: smtp.sendmail(shop, [shop.upper()], LETTER))

    [message] = await asyncio.to_thread(read, sandbox, ANNA)
    assert message["Return-Path"] == f"<{shop}>"


@pytest.mark.parametrize(
    ("recipient", "reply"),
    [
        ("real@somewhere.example", (554, b"5.7.1 Relay access denied: the sandbox only delivers to itself")),
        (
            "nobody@sandbox.letterhead.example",
            (550, b"5.1.1 Recipient address rejected: there is no such mailbox"),
        ),
        ("disabled@sandbox.letterhead.example", (550, b"5.2.1 The mailbox is disabled")),
        ("full@sandbox.letterhead.example", (452, b"4.2.2 The mailbox is over quota")),
        ("busy@sandbox.letterhead.example", (451, b"4.7.1 Greylisted, try again later")),
        (
            "slow-down+now@sandbox.letterhead.example",
            (450, b"4.2.1 The mailbox receives mail too quickly, try again later"),
        ),
        ("anybody@sandbox.letterhead.example", (250, b"2.1.5 Ok")),
    ],
)
async def test_recipients_are_answered_by_name(
    sandbox: Sandbox, recipient: str, reply: tuple[int, bytes]
) -> None:
    def talk(smtp: smtplib.SMTP) -> tuple[int, bytes]:
        smtp.mail(ANNA)
        return smtp.rcpt(recipient)

    assert await asyncio.to_thread(submit, sandbox, talk) == reply


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("spam", (554, b"5.7.1 The message was rejected as spam")),
        ("blocked", (552, b"5.7.0 The message was blocked because of its content")),
    ],
)
async def test_some_are_refused_after_the_message_was_seen(
    sandbox: Sandbox, name: str, reply: tuple[int, bytes]
) -> None:
    def talk(smtp: smtplib.SMTP) -> tuple[int, bytes]:
        smtp.mail(ANNA)
        smtp.rcpt(BEN)
        smtp.rcpt(f"{name}@sandbox.letterhead.example")
        return smtp.data(LETTER)

    assert await asyncio.to_thread(submit, sandbox, talk) == reply
    assert await asyncio.to_thread(read, sandbox, BEN) == []


async def test_mail_to_one_who_is_gone_soon_comes_back(sandbox: Sandbox) -> None:
    gone = "gone-soon@sandbox.letterhead.example"

    await asyncio.to_thread(submit, sandbox, lambda smtp: smtp.sendmail(ANNA, [gone], LETTER))

    [bounce] = await asyncio.to_thread(read, sandbox, ANNA)
    _, status, returned = bounce.get_payload()
    recipient = status.get_payload(1)
    assert (bounce["Return-Path"], bounce.get_content_type()) == ("<>", "multipart/report")
    assert (recipient["Final-Recipient"], recipient["Status"]) == (f"rfc822; {gone}", "5.1.1")
    assert "Subject: Hello" in returned.get_payload()


async def test_only_ones_own_address_may_send(sandbox: Sandbox) -> None:
    reply = await asyncio.to_thread(submit, sandbox, lambda smtp: smtp.mail(BEN))

    assert reply == (553, b"5.7.1 Sender address rejected: not owned by user")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(
    ("user", "password"),
    [
        (ANNA, "wrong"),
        ("anna", SANDBOX_PASSWORD),
        ("anna+shop@sandbox.letterhead.example", SANDBOX_PASSWORD),
        ("anna@elsewhere.example", SANDBOX_PASSWORD),
    ],
)
async def test_a_wrong_login_or_password_is_refused(
    sandbox: Sandbox, mechanism: str, user: str, password: str
) -> None:
    def talk() -> tuple[int, bytes]:
        with smtplib.SMTP("localhost", sandbox.smtp_port, timeout=10) as smtp:
            smtp.starttls(context=trusting(sandbox))
            smtp.ehlo()
            smtp.user, smtp.password = user, password
            with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
                smtp.auth(mechanism, getattr(smtp, f"auth_{mechanism.lower()}"))
            return refused.value.smtp_code, refused.value.smtp_error

    assert await asyncio.to_thread(talk) == (535, b"5.7.8 Authentication credentials invalid")


async def test_nothing_goes_without_tls_and_a_password(sandbox: Sandbox) -> None:
    def talk() -> list[int]:
        with smtplib.SMTP("localhost", sandbox.smtp_port, timeout=10) as smtp:
            smtp.ehlo()
            return [smtp.docmd("AUTH", "PLAIN AGEAYg==")[0], smtp.mail(ANNA)[0]]

    assert await asyncio.to_thread(talk) == [538, 530]


async def test_the_greeting_names_the_sandbox(sandbox: Sandbox) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp_port)
    greeting = await reader.readline()
    writer.close()
    await writer.wait_closed()

    assert greeting == b"220 sandbox.letterhead.example ESMTP Letterhead sandbox\r\n"


async def test_a_message_that_is_too_large_is_refused(sandbox: Sandbox) -> None:
    large = LETTER + "x" * 76 + "\r\n" + ("y" * 76 + "\r\n") * 13_000

    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        await asyncio.to_thread(submit, sandbox, lambda smtp: smtp.sendmail(ANNA, [BEN], large))

    assert refused.value.smtp_code == 552


async def test_pop3_wants_tls_before_a_password(sandbox: Sandbox) -> None:
    def talk() -> str:
        pop3 = poplib.POP3("localhost", sandbox.pop3_port, timeout=10)
        with pytest.raises(poplib.error_proto) as refused:
            pop3.user(ANNA)
        pop3.close()
        return str(refused.value)

    assert "STLS first" in await asyncio.to_thread(talk)


async def test_deleted_at_quit_is_gone(sandbox: Sandbox) -> None:
    def talk() -> None:
        with signed_in(sandbox, BEN) as pop3:
            pop3.dele(1)

    await asyncio.to_thread(submit, sandbox, lambda smtp: smtp.sendmail(ANNA, [BEN], LETTER))
    await asyncio.to_thread(talk)

    assert await asyncio.to_thread(read, sandbox, BEN) == []


async def test_two_sessions_cannot_open_one_mailbox(sandbox: Sandbox) -> None:
    def talk() -> str:
        with signed_in(sandbox, BEN), pytest.raises(poplib.error_proto) as refused, signed_in(sandbox, BEN):
            pass
        return str(refused.value)

    assert "[IN-USE]" in await asyncio.to_thread(talk)
    assert await asyncio.to_thread(read, sandbox, BEN) == []


async def test_what_was_sent_in_clear_after_stls_is_not_heard(sandbox: Sandbox) -> None:
    def talk() -> bytes:
        with socket.create_connection(("localhost", sandbox.pop3_port), timeout=10) as clear:
            clear.recv(1000)
            clear.sendall(b"STLS\r\nCAPA\r\n")
            assert clear.recv(1000) == b"+OK begin\r\n"
            with trusting(sandbox).wrap_socket(clear, server_hostname="localhost") as secured:
                secured.sendall(b"NOOP\r\n")
                return secured.recv(1000)

    assert await asyncio.to_thread(talk) == b"-ERR not understood, or not possible now\r\n"


async def test_a_command_that_comes_with_the_end_of_the_handshake_is_answered(sandbox: Sandbox) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.pop3_port)
    await reader.readline()
    writer.write(b"STLS\r\n")
    await reader.readline()

    await writer.start_tls(trusting(sandbox), server_hostname="localhost")
    writer.write(b"CAPA\r\n")

    assert await asyncio.wait_for(reader.readline(), 5) == b"+OK what the sandbox can do\r\n"
    writer.transport.abort()


async def test_a_line_without_an_end_is_cut_off(sandbox: Sandbox) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.pop3_port)
    await reader.readline()
    writer.write(b"x" * 10_000)

    assert await reader.read() == b"-ERR the line is too long\r\n"
    writer.close()
    await writer.wait_closed()


async def test_open_connections_end_with_the_sandbox() -> None:
    async with running_sandbox() as sandbox:
        clients = [
            await asyncio.open_connection("127.0.0.1", port)
            for port in (sandbox.smtp_port, sandbox.smtp_port, sandbox.pop3_port, sandbox.pop3_port)
        ]
        for (reader, writer), start_tls in zip(
            clients, (b"", b"STARTTLS\r\n", b"", b"STLS\r\n"), strict=True
        ):
            await reader.readline()
            writer.write(start_tls)
            if start_tls:
                await reader.readline()

    for reader, writer in clients:
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    assert not sandbox.ca_file.exists()


def test_it_runs_on_uvloop_too() -> None:
    async def send_and_read() -> list[Message]:
        async with running_sandbox() as sandbox:
            await asyncio.to_thread(submit, sandbox, lambda smtp: smtp.sendmail(ANNA, [BEN], LETTER))
            return await asyncio.to_thread(read, sandbox, BEN)

    assert [message["Subject"] for message in uvloop.run(send_and_read())] == ["Hello"]


@pytest.mark.parametrize("protocol", ["smtp", "pop3"])
async def test_a_handshake_that_fails_ends_the_connection(sandbox: Sandbox, protocol: str) -> None:
    port, start = {"smtp": (sandbox.smtp_port, b"STARTTLS"), "pop3": (sandbox.pop3_port, b"STLS")}[protocol]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(start + b"\r\n")
    await reader.readline()

    writer.write(b"this is no ClientHello\r\n" * 10)

    await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()


async def test_it_listens_on_this_machine_only() -> None:
    with pytest.raises(ConfigurationError, match="not a loopback address"):
        async with running_sandbox(host="0.0.0.0"):
            pass


async def test_a_port_that_is_taken_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(ConfigurationError, match=f"127.0.0.1:{sandbox.smtp_port}"):
        async with running_sandbox(smtp_port=sandbox.smtp_port):
            pass
