import ssl

import aiosmtplib
import pytest
import trustme

from lab.sinks import Rudeness, counting_smtp_server


@pytest.fixture
def certificate(lab_ca: trustme.CA) -> trustme.LeafCert:
    return lab_ca.issue_cert("localhost")


@pytest.fixture
def trusting(lab_ca: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    lab_ca.configure_trust(context)
    return context


async def test_a_message_is_taken_over_starttls(
    certificate: trustme.LeafCert, trusting: ssl.SSLContext
) -> None:
    async with counting_smtp_server(certificate=certificate) as sink:
        client = aiosmtplib.SMTP(hostname="localhost", port=sink.port, start_tls=True, tls_context=trusting)
        async with client:
            await client.auth_login("me", "secret")
            await client.sendmail("a@lab.example", ["b@lab.example"], "Subject: hello\r\n\r\n.dot\r\n")

    assert sink.messages == [b"Subject: hello\r\n\r\n.dot\r\n"]
    assert [(session.secured, sink.count("AUTH"), sink.count("RCPT")) for session in sink.sessions] == [
        (True, 1, 1)
    ]


async def test_an_answer_can_be_changed(certificate: trustme.LeafCert, trusting: ssl.SSLContext) -> None:
    refusals = iter(["450 4.2.0 Later", "250 2.1.5 Ok"])

    async with (
        counting_smtp_server(
            certificate=certificate, implicit_tls=True, answers={"RCPT": lambda _: next(refusals)}
        ) as sink,
        aiosmtplib.SMTP(hostname="localhost", port=sink.port, use_tls=True, tls_context=trusting) as client,
    ):
        refused, _ = await client.sendmail("a@lab.example", ["b@lab.example", "c@lab.example"], "hello\r\n")

    assert refused == {"b@lab.example": aiosmtplib.SMTPResponse(450, "4.2.0 Later")}


async def test_a_server_can_hang_up_after_the_dot() -> None:
    async with counting_smtp_server(answers={".": Rudeness.HANG_UP}) as sink:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=sink.port, start_tls=False)
        await client.connect()
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await client.sendmail("a@lab.example", ["b@lab.example"], "hello\r\n")

    assert sink.messages == [b"hello\r\n"]


async def test_a_server_can_say_nothing() -> None:
    async with counting_smtp_server(answers={"greeting": Rudeness.SILENCE}) as sink:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=sink.port, timeout=0.1)
        with pytest.raises(aiosmtplib.SMTPConnectTimeoutError):
            await client.connect()

    assert sink.commands == []
