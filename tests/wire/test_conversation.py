import pytest

from letterhead.wire.conversation import Conversation, IncomingConversation, incoming_conversation
from letterhead.wire.dial import Dialler
from letterhead.wire.imap import ImapConversation
from letterhead.wire.mailbox import MailboxStatus
from letterhead.wire.pop3 import Pop3Conversation
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import SmtpConversation
from letterhead_providers import Protocol, Security


def a_server(protocol: Protocol) -> MailServer:
    return MailServer(protocol=protocol, host="mail.example", port=995, security=Security.TLS)


@pytest.mark.parametrize(
    ("protocol", "kind"), [(Protocol.POP3, Pop3Conversation), (Protocol.IMAP, ImapConversation)]
)
def test_a_mailbox_is_read_in_its_server_s_protocol(dialler: Dialler, protocol: Protocol, kind: type) -> None:
    conversation: IncomingConversation = incoming_conversation(a_server(protocol), dialler)
    assert isinstance(conversation, kind)


def test_no_mailbox_is_read_by_smtp(dialler: Dialler) -> None:
    with pytest.raises(ValueError, match="SMTP only sends"):
        incoming_conversation(a_server(Protocol.SMTP), dialler)


def test_sending_is_a_conversation_too(dialler: Dialler) -> None:
    conversation: Conversation = SmtpConversation(
        a_server(Protocol.SMTP), dialler, local_hostname="client.example"
    )
    assert (conversation.is_open, conversation.encrypted, conversation.transcript) == (False, False, [])


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (MailboxStatus(messages=1, octets=320), "1 message, 320 octets"),
        (MailboxStatus(messages=0, octets=0), "0 messages, 0 octets"),
        (MailboxStatus(messages=2), "2 messages"),
    ],
)
def test_a_mailbox_is_told_in_words(status: MailboxStatus, words: str) -> None:
    assert str(status) == words
