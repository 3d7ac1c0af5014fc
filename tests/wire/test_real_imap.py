"""IMAP with Dovecot."""

import pytest

from lab.mailservers import MailServers
from letterhead.vault.secret import Secret
from letterhead.wire.dial import Dialler
from letterhead.wire.imap import ImapConversation
from letterhead.wire.mailbox import MailboxStatus
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import Outgoing, SmtpConversation
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Security, ServerReply
from wire.scripted import HERE

pytestmark = pytest.mark.mailservers

ALICE, BOB, ZOE = "alice@lab.example", "bob@lab.example", "zoe@lab.example"
BOTH = pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])


@pytest.fixture
def trusting(mailservers: MailServers) -> Dialler:
    return Dialler(allowed=(HERE,), ca_file=mailservers.ca_file)


async def imap(servers: MailServers, dialler: Dialler, security: Security) -> ImapConversation:
    port = servers.imaps if security is Security.TLS else servers.imap
    server = MailServer(protocol=Protocol.IMAP, host=servers.host, port=port, security=security)
    conversation = ImapConversation(server, dialler)
    await conversation.open()
    return conversation


async def send(servers: MailServers, dialler: Dialler, *subjects: str) -> None:
    server = MailServer(
        protocol=Protocol.SMTP, host=servers.host, port=servers.submissions, security=Security.TLS
    )
    conversation = SmtpConversation(server, dialler, local_hostname="client.example")
    await conversation.open()
    await conversation.sign_in(ALICE, Secret(servers.users[ALICE]))
    for number, subject in enumerate(subjects, 1):
        content = f"Subject: {subject}\r\n\r\nWith kind regards\r\n".encode()
        await conversation.transmit(Outgoing(sender=ALICE, recipients=[BOB], content=content))
        await servers.mailbox(BOB, at_least=number)
    await conversation.quit()


@BOTH
@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
async def test_a_secret_of_any_characters_signs_in(
    mailservers: MailServers, trusting: Dialler, security: Security, way: str
) -> None:
    before = mailservers.sign_in_attempts(ZOE)
    conversation = await imap(mailservers, trusting, security)
    if way == "LOGIN":
        conversation.capabilities = ()  # as of a server that offers nothing else
    assert await conversation.sign_in(ZOE, Secret(mailservers.users[ZOE])) == f"Signed in with {way}"
    assert "UIDPLUS" in conversation.capabilities
    await conversation.quit()
    assert mailservers.sign_in_attempts(ZOE) - before == 1


@BOTH
@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
async def test_a_wrong_secret_is_counted_once(
    mailservers: MailServers, trusting: Dialler, security: Security, way: str
) -> None:
    before = mailservers.sign_in_attempts(BOB)
    conversation = await imap(mailservers, trusting, security)
    if way == "LOGIN":
        conversation.capabilities = ()
    with pytest.raises(WireError) as caught:
        await conversation.sign_in(BOB, Secret("wröng"))
    await conversation.quit()
    assert caught.value.cause is Cause.REPLY
    assert caught.value.reply == ServerReply(text="[AUTHENTICATIONFAILED] Authentication failed.")
    assert mailservers.sign_in_attempts(BOB) - before == 1


async def test_messages_are_listed_read_and_one_is_deleted(
    mailservers: MailServers, trusting: Dialler
) -> None:
    await mailservers.empty(BOB)
    await send(mailservers, trusting, "first", "second", "third")
    conversation = await imap(mailservers, trusting, Security.TLS)
    await conversation.sign_in(BOB, Secret(mailservers.users[BOB]))

    assert await conversation.status() == MailboxStatus(messages=3)
    first, second, third = await conversation.uids()
    assert (await conversation.uids(second), await conversation.uids(third)) == ((third,), ())
    assert conversation.uid_next == third + 1
    whole = await conversation.fetch(second, 100_000)
    assert await conversation.fetch(second, 20) == whole[:20]
    assert await conversation.fetch(third + 1, 20) == b""
    assert await conversation.delete(second)
    assert await conversation.uids() == (first, third)
    await conversation.quit()

    assert b"\r\nSubject: second\r\n" in whole
    assert whole.endswith(b"\r\n\r\nWith kind regards\r\n")
    left = await mailservers.mailbox(BOB)
    assert [message["Subject"] for message in left] == ["first", "third"]


async def test_a_message_that_comes_while_we_look_is_seen(
    mailservers: MailServers, trusting: Dialler
) -> None:
    await mailservers.empty(BOB)
    conversation = await imap(mailservers, trusting, Security.TLS)
    await conversation.sign_in(BOB, Secret(mailservers.users[BOB]))
    assert await conversation.status() == MailboxStatus(messages=0)
    assert conversation.uid_next is not None
    since = conversation.uid_next - 1
    await send(mailservers, trusting, "hello")
    [uid] = await conversation.uids(since)
    assert b"Subject: hello" in await conversation.fetch(uid, 10_000)
    await conversation.quit()
