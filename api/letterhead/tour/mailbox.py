"""A look into a mailbox of the sandbox, as its owner's mail program would have it."""

from email import message_from_bytes
from email.policy import default

from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD
from letterhead.sandbox.ports import POP3_PORT
from letterhead.vault.secret import Secret
from letterhead.wire.dial import Dialler
from letterhead.wire.pop3 import Pop3Conversation
from letterhead.wire.server import MailServer
from letterhead_providers import Protocol, Security


async def newest_message(dialler: Dialler, address: str) -> str:
    """Its headers that people read, and its text."""
    server = MailServer(
        protocol=Protocol.POP3,
        host="localhost",
        port=POP3_PORT,
        security=Security.STARTTLS,
        username=address,
    )
    conversation = Pop3Conversation(server, dialler)
    try:
        await conversation.open()
        await conversation.sign_in(address, Secret(SANDBOX_PASSWORD))
        status = await conversation.status()
        message = message_from_bytes(await conversation.retr(status.messages), policy=default)
    finally:
        await conversation.quit()
    headers = [f"{name}: {message[name]}" for name in ("From", "To", "Subject")]
    body = message.get_body(("plain",))
    return "\n".join([*headers, "", body.get_content().strip() if body else ""])
