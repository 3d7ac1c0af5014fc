"""What is new in a mailbox: looked at without a trace, some at a time, oldest first.

Nothing is deleted and nothing is marked as read: POP3's TOP and IMAP's EXAMINE and BODY.PEEK see to that.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol as Shape

from letterhead.bounces.mark import Mark
from letterhead.bounces.mime import MOST_OCTETS
from letterhead.bounces.rules import may_be_a_bounce
from letterhead.wire.conversation import IncomingConversation
from letterhead.wire.imap import ImapConversation
from letterhead.wire.pop3 import Pop3Conversation
from letterhead.wire.trouble import Cause, WireError

MOST_AT_A_LOOK = 50
OCTETS_OF_A_HEAD = 32 * 1024
LINES_OF_A_BODY = 3000
MOST_ON_THE_WIRE = 2_000_000
"""Octets of one mail that are read at most, and mostly thrown away."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A mail that was looked at. ``raw``: its beginning, where it may be a bounce."""

    uid: str
    raw: bytes | None = None


class Inbox(Shape):
    """A mailbox that is open. ``mark`` moves on with what ``fresh`` yields."""

    mark: Mark
    more: bool

    async def begin(self) -> None:
        """The first look: what is there by now is not ours to read."""

    def fresh(self) -> AsyncGenerator[Seen, None]: ...


class Memory(Shape):
    """Which unique ids were seen, kept elsewhere."""

    async def known(self, there: list[str]) -> set[str]: ...

    async def add(self, uids: list[str]) -> None: ...


def inbox_of(conversation: IncomingConversation, mark: Mark, memory: Memory) -> "Inbox":
    if isinstance(conversation, ImapConversation):
        return ImapInbox(conversation, mark)
    assert isinstance(conversation, Pop3Conversation)
    return Pop3Inbox(conversation, mark, memory)


class ImapInbox:
    def __init__(self, conversation: ImapConversation, mark: Mark) -> None:
        self.mark, self.more = mark, False
        self._mailbox = conversation

    async def begin(self) -> None:
        await self._mailbox.status()
        following = self._mailbox.uid_next
        last = following - 1 if following else max(await self._mailbox.uids(), default=0)
        self.mark = replace(self.mark, begun=True, uidvalidity=self._mailbox.uidvalidity, since=last)

    async def fresh(self) -> AsyncGenerator[Seen, None]:
        uids = await self._mailbox.uids(self.mark.since, most=MOST_AT_A_LOOK + 1)
        if self._mailbox.uidvalidity != self.mark.uidvalidity:  # UIDs do not mean what they did
            await self.begin()
            return
        self.more = len(uids) > MOST_AT_A_LOOK
        for uid in uids[:MOST_AT_A_LOOK]:
            yield await _looked_at(
                str(uid),
                partial(self._mailbox.head, uid, OCTETS_OF_A_HEAD),
                partial(self._mailbox.fetch, uid, MOST_OCTETS),
            )
            self.mark = replace(self.mark, since=uid)


class Pop3Inbox:
    def __init__(self, conversation: Pop3Conversation, mark: Mark, memory: Memory) -> None:
        self.mark, self.more = mark, False
        self._mailbox, self._memory = conversation, memory

    async def begin(self) -> None:
        there = list((await self._mailbox.uidl()).values())
        known = await self._memory.known(there)
        await self._memory.add([uid for uid in dict.fromkeys(there) if uid not in known])
        self.mark = replace(self.mark, begun=True)

    async def fresh(self) -> AsyncGenerator[Seen, None]:
        there = await self._mailbox.uidl()
        known = await self._memory.known(list(there.values()))
        new = [number for number, uid in sorted(there.items()) if uid not in known]
        self.more = len(new) > MOST_AT_A_LOOK
        for number in new[:MOST_AT_A_LOOK]:
            yield await _looked_at(
                there[number],
                partial(self._peek, number, 0, OCTETS_OF_A_HEAD),
                partial(self._peek, number, LINES_OF_A_BODY, MOST_OCTETS),
            )
            await self._memory.add([there[number]])

    async def _peek(self, number: int, lines: int, keep: int) -> bytes:
        return await self._mailbox.peek(number, lines, keep=keep, octets=MOST_ON_THE_WIRE)


class BrokeOff(Exception):
    """A look ended at this mail. ``reached``: how far it had come."""

    def __init__(self, uid: str, error: WireError) -> None:
        super().__init__(uid)
        self.uid = uid
        self.error = error
        self.reached: Mark | None = None


async def _looked_at(
    uid: str, head: Callable[[], Awaitable[bytes]], body: Callable[[], Awaitable[bytes]]
) -> Seen:
    try:
        return Seen(uid=uid, raw=await body() if may_be_a_bounce(await head()) else None)
    except WireError as error:
        if error.cause is Cause.REPLY:  # gone meanwhile, or not to be had
            return Seen(uid=uid)
        raise BrokeOff(uid, error) from None
