"""The same conversations with Postfix and Dovecot."""

import pytest

from lab.mailservers import MailServers
from letterhead.vault.secret import Secret
from letterhead.wire.dial import Dialler
from letterhead.wire.pop3 import MailboxStatus, Pop3Conversation
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import Outgoing, SmtpConversation
from letterhead.wire.trouble import WireError
from letterhead_providers import Protocol, Security, Stage
from wire.scripted import HERE

pytestmark = pytest.mark.mailservers

SALES, ALICE, BOB = "sales@lab.example", "alice@lab.example", "bob@lab.example"
BOTH = pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])


@pytest.fixture
def trusting(mailservers: MailServers) -> Dialler:
    return Dialler(allowed=(HERE,), ca_file=mailservers.ca_file)


async def smtp(servers: MailServers, dialler: Dialler, security: Security) -> SmtpConversation:
    port = servers.submissions if security is Security.TLS else servers.submission
    server = MailServer(protocol=Protocol.SMTP, host=servers.host, port=port, security=security)
    conversation = SmtpConversation(server, dialler, local_hostname="client.example")
    await conversation.open()
    return conversation


async def pop3(servers: MailServers, dialler: Dialler, security: Security) -> Pop3Conversation:
    port = servers.pop3s if security is Security.TLS else servers.pop3
    server = MailServer(protocol=Protocol.POP3, host=servers.host, port=port, security=security)
    conversation = Pop3Conversation(server, dialler)
    await conversation.open()
    return conversation


@BOTH
async def test_a_message_goes_out_by_smtp_and_is_read_by_pop3(
    mailservers: MailServers, trusting: Dialler, security: Security
) -> None:
    await mailservers.empty(BOB)
    sending = await smtp(mailservers, trusting, security)
    await sending.sign_in(ALICE, Secret(mailservers.users[ALICE]))
    sent = await sending.transmit(
        Outgoing(sender=ALICE, recipients=[BOB], content=b"Subject: Hello\r\n\r\n.dot\r\n", envelope_id="a1")
    )
    await sending.quit()
    await mailservers.mailbox(BOB, at_least=1)
    reading = await pop3(mailservers, trusting, security)
    await reading.sign_in(BOB, Secret(mailservers.users[BOB]))
    status, ids = await reading.status(), await reading.uidl()
    message = await reading.retr(1)
    await reading.dele(1)
    await reading.quit()
    assert (sent.refused_at, sending.encrypted) == (None, False)
    assert (status.messages, list(ids)) == (1, [1])
    assert message.endswith(b"\r\n\r\n.dot\r\n")
    assert (await mailservers.mailbox(BOB)) == []


@BOTH
async def test_a_wrong_secret_is_counted_once_by_either(
    mailservers: MailServers, trusting: Dialler, security: Security
) -> None:
    before = mailservers.sign_in_attempts(SALES)
    for opened in (smtp, pop3):
        conversation = await opened(mailservers, trusting, security)
        with pytest.raises(WireError) as caught:
            await conversation.sign_in(SALES, Secret("wr0ng"))
        await conversation.quit()
        assert caught.value.reply is not None
    assert mailservers.sign_in_attempts(SALES) - before == 2


async def test_a_sender_that_is_not_ours_is_told_at_the_recipient(
    mailservers: MailServers, trusting: Dialler
) -> None:
    conversation = await smtp(mailservers, trusting, Security.TLS)
    await conversation.sign_in(ALICE, Secret(mailservers.users[ALICE]))
    own = await conversation.try_sender(ALICE, ALICE)
    other = await conversation.try_sender(BOB, ALICE)
    await conversation.quit()
    assert (own.stage, other.stage, other.reply.code) == (None, Stage.RECIPIENT, 553)


async def test_an_empty_mailbox_has_a_status(mailservers: MailServers, trusting: Dialler) -> None:
    await mailservers.empty(BOB)
    conversation = await pop3(mailservers, trusting, Security.TLS)
    await conversation.sign_in(BOB, Secret(mailservers.users[BOB]))
    assert await conversation.status() == MailboxStatus(messages=0, octets=0)
    await conversation.quit()
