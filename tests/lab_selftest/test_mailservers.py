import asyncio
import poplib
import smtplib
import ssl

import pytest

from lab.mailservers import MailServers

pytestmark = pytest.mark.mailservers

SALES = "sales@lab.example"
ALICE = "alice@lab.example"
LETTER = "Subject: {}\r\n\r\nWith kind regards\r\n"


@pytest.fixture
def trusting(mailservers: MailServers) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=mailservers.ca_file)


@pytest.fixture
async def alice_empty(mailservers: MailServers) -> None:
    await mailservers.empty(ALICE)


def starttls(servers: MailServers, trusting: ssl.SSLContext) -> smtplib.SMTP:
    smtp = smtplib.SMTP(servers.host, servers.submission, timeout=10)
    smtp.starttls(context=trusting)
    return smtp


async def subjects(servers: MailServers, user: str) -> list[str]:
    return [message["Subject"] for message in await servers.mailbox(user, at_least=1)]


@pytest.mark.usefixtures("alice_empty")
async def test_a_message_sent_with_starttls_can_be_read_by_pop3(
    mailservers: MailServers, trusting: ssl.SSLContext
) -> None:
    def send() -> None:
        with starttls(mailservers, trusting) as smtp:
            smtp.login(SALES, mailservers.users[SALES])
            smtp.sendmail(SALES, [ALICE], LETTER.format("by STARTTLS"))

    await asyncio.to_thread(send)

    assert await subjects(mailservers, ALICE) == ["by STARTTLS"]


@pytest.mark.usefixtures("alice_empty")
async def test_a_message_sent_with_tls_from_an_alias_can_be_read_by_pop3(
    mailservers: MailServers, trusting: ssl.SSLContext
) -> None:
    def send() -> None:
        with smtplib.SMTP_SSL(
            mailservers.host, mailservers.submissions, context=trusting, timeout=10
        ) as smtp:
            smtp.login(SALES, mailservers.users[SALES])
            smtp.sendmail("support@lab.example", [ALICE], LETTER.format("by TLS"))

    await asyncio.to_thread(send)

    assert await subjects(mailservers, ALICE) == ["by TLS"]


def test_every_attempt_to_sign_in_is_counted(mailservers: MailServers, trusting: ssl.SSLContext) -> None:
    before = mailservers.sign_in_attempts(ALICE)

    with starttls(mailservers, trusting) as smtp:
        code, _ = smtp.docmd("AUTH", "PLAIN AGFsaWNlQGxhYi5leGFtcGxlAHdyb25n")
        smtp.login(ALICE, mailservers.users[ALICE])
    pop3 = poplib.POP3(mailservers.host, mailservers.pop3, timeout=10)
    pop3.stls(trusting)
    pop3.user(ALICE)
    with pytest.raises(poplib.error_proto, match="AUTH"):
        pop3.pass_("wrong")
    pop3.close()

    assert (code, mailservers.sign_in_attempts(ALICE) - before) == (535, 3)


async def test_reading_a_mailbox_is_no_attempt_of_its_user(mailservers: MailServers) -> None:
    before = mailservers.sign_in_attempts(ALICE)

    await mailservers.mailbox(ALICE)

    assert mailservers.sign_in_attempts(ALICE) == before


def test_a_sender_of_somebody_else_is_refused_at_the_recipient(
    mailservers: MailServers, trusting: ssl.SSLContext
) -> None:
    with starttls(mailservers, trusting) as smtp:
        smtp.login(SALES, mailservers.users[SALES])
        sender, _ = smtp.mail(ALICE)
        recipient, words = smtp.rcpt(SALES)

    assert (sender, recipient) == (250, 553)
    assert words == b"5.7.1 <alice@lab.example>: Sender address rejected: not owned by user sales@lab.example"


async def test_mail_for_a_domain_elsewhere_comes_back(
    mailservers: MailServers, trusting: ssl.SSLContext
) -> None:
    await mailservers.empty("bob@lab.example")

    def send() -> None:
        with starttls(mailservers, trusting) as smtp:
            smtp.login("bob@lab.example", mailservers.users["bob@lab.example"])
            smtp.sendmail("bob@lab.example", ["somebody@elsewhere.example"], LETTER.format("lost"))

    await asyncio.to_thread(send)

    [bounce] = await mailservers.mailbox("bob@lab.example", at_least=1)
    status = bounce.get_payload(1).get_payload(1)
    assert (status["Final-Recipient"], status["Status"]) == ("rfc822; somebody@elsewhere.example", "5.1.2")


def test_passwords_are_asked_for_only_after_tls(mailservers: MailServers) -> None:
    with smtplib.SMTP(mailservers.host, mailservers.submission, timeout=10) as smtp:
        smtp.ehlo()
        code, _ = smtp.docmd("AUTH", "PLAIN AGEAYg==")

    assert (code, smtp.has_extn("auth")) == (530, False)
