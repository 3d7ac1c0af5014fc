"""OAuth2 tokens with Postfix and Dovecot."""

import pytest

from lab.mailservers import MailServers
from letterhead.vault.secret import Secret
from letterhead.wire.conversation import Conversation, incoming_conversation
from letterhead.wire.dial import Dialler
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import SmtpConversation
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Security, ServerReply
from wire.scripted import HERE

pytestmark = pytest.mark.mailservers

ALICE, BOB = "alice@lab.example", "bob@lab.example"
EACH = pytest.mark.parametrize("protocol", list(Protocol))
BOTH = pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])


async def opened(servers: MailServers, protocol: Protocol) -> Conversation:
    ports = {
        Protocol.SMTP: servers.submissions,
        Protocol.POP3: servers.pop3s,
        Protocol.IMAP: servers.imaps,
    }
    dialler = Dialler(allowed=(HERE,), ca_file=servers.ca_file)
    server = MailServer(protocol=protocol, host=servers.host, port=ports[protocol], security=Security.TLS)
    conversation: Conversation = (
        SmtpConversation(server, dialler, local_hostname="client.example")
        if protocol is Protocol.SMTP
        else incoming_conversation(server, dialler)
    )
    await conversation.open()
    return conversation


@EACH
@BOTH
async def test_a_token_signs_in(mailservers: MailServers, protocol: Protocol, mechanism: str) -> None:
    before = mailservers.sign_in_attempts(ALICE)
    conversation = await opened(mailservers, protocol)
    token = Secret(mailservers.token_for(ALICE))
    assert await conversation.sign_in_with_token(ALICE, token, [mechanism]) == f"Signed in with {mechanism}"
    await conversation.quit()
    assert mailservers.sign_in_attempts(ALICE) - before == 1
    assert token.reveal() not in "\n".join(conversation.transcript)


REPLIES = {
    Protocol.SMTP: ServerReply(
        code=535, enhanced="5.7.8", text="Error: authentication failed: (reason unavailable)"
    ),
    Protocol.POP3: ServerReply(text="[AUTH] Authentication failed."),
    Protocol.IMAP: ServerReply(text="[AUTHENTICATIONFAILED] Authentication failed."),
}
REASONS = {"XOAUTH2": "status 401, schemes bearer, scope mail", "OAUTHBEARER": "status invalid_token"}


@EACH
@BOTH
async def test_a_token_that_has_run_out_is_refused_with_reasons(
    mailservers: MailServers, protocol: Protocol, mechanism: str
) -> None:
    before = mailservers.sign_in_attempts(ALICE)
    conversation = await opened(mailservers, protocol)
    token = Secret(mailservers.token_for(ALICE, expires_in=-60))
    with pytest.raises(WireError) as caught:
        await conversation.sign_in_with_token(ALICE, token, [mechanism])
    await conversation.quit()
    assert (caught.value.cause, caught.value.reply) == (Cause.REPLY, REPLIES[protocol])
    assert caught.value.detail == REASONS[mechanism]
    assert mailservers.sign_in_attempts(ALICE) - before == 1


@EACH
async def test_a_token_of_somebody_else_is_refused(mailservers: MailServers, protocol: Protocol) -> None:
    conversation = await opened(mailservers, protocol)
    with pytest.raises(WireError) as caught:
        await conversation.sign_in_with_token(ALICE, Secret(mailservers.token_for(BOB)))
    await conversation.quit()
    assert (caught.value.cause, caught.value.reply) == (Cause.REPLY, REPLIES[protocol])


@EACH
async def test_a_token_longer_than_a_command_signs_in(mailservers: MailServers, protocol: Protocol) -> None:
    conversation = await opened(mailservers, protocol)
    token = Secret(mailservers.token_for(ALICE, note="x" * 3000))
    assert await conversation.sign_in_with_token(ALICE, token) == "Signed in with XOAUTH2"
    await conversation.quit()
