"""What is new in a mailbox since it was looked at before, read without touching anything."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from letterhead.wire.conversation import IncomingConversation
from letterhead.wire.imap import ImapConversation
from letterhead.wire.pop3 import Pop3Conversation
from letterhead.wire.trouble import Cause, WireError

MOST_AT_A_LOOK = 20
OCTETS_OF_A_HEAD = 64 * 1024


@dataclass
class Memory:
    """What was there. ``uids``: POP3's unique ids. ``since``: IMAP's highest UID. Grows with every look."""

    uids: set[str] = field(default_factory=set)
    since: int = 0


async def remember(mailbox: IncomingConversation) -> Memory | None:
    """None where the server numbers its messages in no way that lasts."""
    if isinstance(mailbox, ImapConversation):
        if mailbox.uid_next is not None:
            return Memory(since=mailbox.uid_next - 1)
        return Memory(since=max(await mailbox.uids(), default=0))
    assert isinstance(mailbox, Pop3Conversation)
    try:
        return Memory(uids=set((await mailbox.uidl()).values()))
    except WireError as error:
        if error.cause is not Cause.REPLY:
            raise
        return None


async def arrivals(mailbox: IncomingConversation, memory: Memory) -> AsyncIterator[tuple[int, bytes]]:
    """The number and the head of each message that came since, the newest first, each of them once."""
    if isinstance(mailbox, ImapConversation):
        async for arrival in _by_imap(mailbox, memory):
            yield arrival
        return
    assert isinstance(mailbox, Pop3Conversation)
    there = await mailbox.uidl()
    fresh = [number for number, uid in there.items() if uid not in memory.uids]
    for number in sorted(fresh, reverse=True)[:MOST_AT_A_LOOK]:
        head = await mailbox.top(number, 0, octets=OCTETS_OF_A_HEAD)
        memory.uids.add(there[number])
        yield number, head


async def _by_imap(mailbox: ImapConversation, memory: Memory) -> AsyncIterator[tuple[int, bytes]]:
    for uid in reversed((await mailbox.uids(memory.since))[-MOST_AT_A_LOOK:]):
        if str(uid) not in memory.uids:
            memory.uids.add(str(uid))
            yield uid, await mailbox.fetch(uid, OCTETS_OF_A_HEAD)


async def remove(mailbox: IncomingConversation, number: int) -> bool:
    """This one message. Over POP3 done only by ``quit``. False: the server only marks it as deleted."""
    if isinstance(mailbox, ImapConversation):
        return await mailbox.delete(number)
    assert isinstance(mailbox, Pop3Conversation)
    await mailbox.dele(number)
    return True
