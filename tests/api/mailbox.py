"""What has arrived in the sandbox, as a mail program sees it."""

import asyncio
import poplib
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from letterhead.sandbox.mailboxes import SANDBOX_PASSWORD
from letterhead.sandbox.service import Sandbox


async def arrived(sandbox: Sandbox, address: str) -> list[EmailMessage]:
    """All messages in a mailbox, oldest first."""
    return await asyncio.to_thread(_read, sandbox, address)


def _read(sandbox: Sandbox, address: str) -> list[EmailMessage]:
    pop3 = poplib.POP3("localhost", sandbox.pop3_port, timeout=10)
    try:
        pop3.stls(ssl.create_default_context(cadata=sandbox.ca_pem))
        pop3.user(address)
        pop3.pass_(SANDBOX_PASSWORD)
        count, _ = pop3.stat()
        raw = [b"\r\n".join(pop3.retr(number)[1]) for number in range(1, count + 1)]
        pop3.quit()
    finally:
        pop3.close()
    return [cast("EmailMessage", message_from_bytes(one, policy=default)) for one in raw]
