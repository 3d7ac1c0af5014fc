"""The mailbox that mail arrives in, over an open IMAP connection (RFC 3501 sections 6.3 and 6.4)."""

from letterhead.wire.imap_line import ImapLine
from letterhead.wire.imap_response import Response, body_in, code_in, exists_in, uid_in
from letterhead.wire.trouble import MalformedError
from letterhead_providers import Stage

_MOST_RESPONSES = 100_000
_MOST_OCTETS = 10_000_000
_AROUND_A_BODY = 10_000
_LAST_UID = 2**32 - 1


class Inbox:
    """``messages``: None while the mailbox is not open."""

    def __init__(self, line: ImapLine) -> None:
        self.messages: int | None = None
        self.uidvalidity: int | None = None
        self.uid_next: int | None = None
        self._line = line

    async def examine(self) -> int:
        """Opens it anew for reading alone, so that what came in meanwhile is seen. How many there are."""
        return await self._open("EXAMINE")

    async def uids(self, since: int, most: int) -> tuple[int, ...]:
        if await self.examine() == 0 or since >= _LAST_UID:
            return ()
        found = set[int]()

        def heed(response: Response) -> None:
            uid = uid_in(response)
            if uid is not None and uid > since and len(found) < most:  # “9:*” means the last one too
                found.add(uid)

        command = f"UID FETCH {since + 1:d}:* (UID)"
        await self._line.command(Stage.MAILBOX, command, heed, most=_MOST_RESPONSES, octets=_MOST_OCTETS)
        return tuple(sorted(found))

    async def fetch(self, uid: int, octets: int, *, section: str = "") -> bytes:
        if self.messages is None:
            await self.examine()
        body = b""

        def heed(response: Response) -> None:
            nonlocal body
            if uid_in(response) == uid:
                body = body_in(response) or body

        command = f"UID FETCH {uid:d} (UID BODY.PEEK[{section}]<0.{octets:d}>)"
        await self._line.command(Stage.MAILBOX, command, heed, octets=octets + _AROUND_A_BODY)
        return body[:octets]

    async def mark_deleted(self, uid: int) -> None:
        before = self.uidvalidity
        await self._open("SELECT")
        if before not in (None, self.uidvalidity):
            raise MalformedError
        await self._line.command(Stage.MAILBOX, f"UID STORE {uid:d} +FLAGS.SILENT (\\Deleted)")

    async def expunge(self, uid: int) -> None:
        """This one alone (RFC 4315), whatever else is marked."""
        await self._line.command(Stage.MAILBOX, f"UID EXPUNGE {uid:d}")

    async def _open(self, command: str) -> int:
        self.messages = self.uidvalidity = self.uid_next = None
        await self._line.command(Stage.MAILBOX, f"{command} INBOX", self._heed)
        if self.messages is None:
            raise MalformedError
        return self.messages

    def _heed(self, response: Response) -> None:
        self.messages = _latest(exists_in(response), self.messages)
        self.uidvalidity = _latest(code_in(response, b"UIDVALIDITY"), self.uidvalidity)
        self.uid_next = _latest(code_in(response, b"UIDNEXT"), self.uid_next)


def _latest(told: int | None, known: int | None) -> int | None:
    return known if told is None else told
