"""Getting into a mailbox: in turn where it is locked by whoever is in it, and again where that is said."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

from letterhead.accounts.secrets import Credential
from letterhead.house import House
from letterhead.wire.conversation import Conversation, IncomingConversation, incoming_conversation
from letterhead.wire.server import MailServer
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import CredentialKind, Protocol, Stage

_BUSY = re.compile(r"\[(?:IN-USE|LOGIN-DELAY|SYS/TEMP|INUSE|UNAVAILABLE)\b", re.IGNORECASE)
"""RFC 2449 section 8.1, RFC 3206 section 4, RFC 5530 section 3."""


def is_busy(error: WireError) -> bool:
    """A refused sign-in that says nothing about the secret: somebody else is in, or it is too early."""
    refused = error.stage is Stage.SIGN_IN and error.cause is Cause.REPLY and error.reply
    return bool(refused and _BUSY.search(error.reply.text)) if error.reply else False


def pauses(first: float = 1.0, most: float = 5.0) -> Iterator[float]:
    """Seconds, for ever."""
    while True:
        yield first
        first = min(first * 2, most)


@asynccontextmanager
async def turn(house: House, server: MailServer) -> AsyncIterator[None]:
    """POP3 locks the mailbox (RFC 1939 section 3); IMAP lets in as many as come."""
    if server.protocol is not Protocol.POP3:
        yield
        return
    async with house.mailbox_turns.of((server.host, server.username)):
        yield


async def sign_in(conversation: Conversation, server: MailServer, credential: Credential) -> str:
    """One attempt, with a password or an access token. WireError."""
    username, secret = server.username or "", credential.secret
    if credential.kind is CredentialKind.OAUTH2:
        return await conversation.sign_in_with_token(username, secret, credential.mechanisms)
    return await conversation.sign_in(username, secret)


@asynccontextmanager
async def signed_in(
    house: House, server: MailServer, credential: Credential
) -> AsyncIterator[IncomingConversation]:
    """A session of its own in the mailbox; what was deleted in it is gone at its end. WireError."""
    async with turn(house, server):
        mailbox = incoming_conversation(server, house.dialler)
        try:
            await mailbox.open()
            await sign_in(mailbox, server, credential)
            yield mailbox
            await mailbox.quit()
        finally:
            mailbox.abort()


def leave(house: House, conversation: Conversation, holding: AsyncExitStack) -> None:
    """Says goodbye without making anybody wait for the answer, and gives up what was held for so long."""

    async def farewell() -> None:
        async with holding:
            try:
                await conversation.quit()
            finally:
                conversation.abort()

    house.running.start(uuid4(), farewell())


async def abandon(conversation: Conversation, holding: AsyncExitStack) -> None:
    """Closes at once, from any state."""
    conversation.abort()
    await holding.aclose()


def is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return bool(task and task.cancelling())
