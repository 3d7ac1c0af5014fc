"""Whether a mail server answers somewhere. Nobody signs in."""

from letterhead.wire.conversation import Conversation, incoming_conversation
from letterhead.wire.dial import Dialler
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import SmtpConversation
from letterhead_providers import Protocol


async def knock(server: MailServer, dialler: Dialler, *, local_hostname: str) -> None:
    """Connect, TLS as ``server`` says, greeting, capabilities, leave. WireError where that does not succeed.

    Keeps no deadline: callers use ``asyncio.timeout``.
    """
    conversation: Conversation
    if server.protocol is Protocol.SMTP:
        conversation = SmtpConversation(server, dialler, local_hostname=local_hostname)
    else:
        conversation = incoming_conversation(server, dialler)
    try:
        await conversation.open()
        await conversation.quit()
    finally:
        conversation.abort()
