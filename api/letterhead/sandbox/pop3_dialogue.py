"""What the sandbox's POP3 server answers (RFC 1939, RFC 2449). It knows lines, and nothing of sockets."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from letterhead.sandbox.mailboxes import Mailboxes, Stored, signs_in

REFUSALS: Final = 3


class Then(Enum):
    READ_ON = auto()
    START_TLS = auto()
    LEAVE = auto()


@dataclass(frozen=True)
class Answer:
    said: bytes
    then: Then = Then.READ_ON


class RefusedError(Exception):
    """The words of a ``-ERR``."""


class Dialogue:
    """One client's conversation. ``in_use``: mailboxes that are open, shared by all (RFC 1939 section 3)."""

    def __init__(self, mailboxes: Mailboxes, in_use: set[str]) -> None:
        self.secured = False
        self._mailboxes = mailboxes
        self._in_use = in_use
        self._refused = 0
        self._login = ""
        self._mailbox: str | None = None
        self._messages: list[Stored] = []
        self._deleted: set[str] = set()
        anywhere = {"CAPA": self._capa, "QUIT": self._quit}
        self._before_sign_in = anywhere | {"STLS": self._stls, "USER": self._user, "PASS": self._pass}
        self._signed_in = anywhere | {
            "STAT": self._stat,
            "LIST": self._list,
            "UIDL": self._uidl,
            "RETR": self._retr,
            "TOP": self._top,
            "DELE": self._dele,
            "RSET": self._rset,
            "NOOP": lambda _: Answer(b"+OK\r\n"),
        }

    def answer(self, line: str) -> Answer:
        verb, _, argument = line.partition(" ")
        commands = self._signed_in if self._mailbox else self._before_sign_in
        command = commands.get(verb.upper())
        try:
            return command(argument) if command else _error("not understood, or not possible now")
        except RefusedError as refusal:
            return _error(str(refusal))

    def end(self) -> None:
        """The connection is gone, however it ended."""
        if self._mailbox:
            self._in_use.discard(self._mailbox)

    def _capa(self, _: str) -> Answer:
        login = ["USER"] if self.secured else ["STLS"]
        offers = ["TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", *login]
        return _listing("what the sandbox can do", [*offers, "IMPLEMENTATION Letterhead sandbox"])

    def _stls(self, _: str) -> Answer:
        if self.secured:
            raise RefusedError("TLS is on already")
        return Answer(b"+OK begin\r\n", Then.START_TLS)

    def _user(self, login: str) -> Answer:
        if not self.secured:
            raise RefusedError("STLS first: passwords are not taken in clear")
        self._login = login
        return _ok("and the password?")

    def _pass(self, password: str) -> Answer:
        if not self._login:
            raise RefusedError("USER first")
        mailbox = signs_in(self._login.encode(), password.encode())
        self._login = ""
        if mailbox is None:
            self._refused += 1
            leaves = Then.LEAVE if self._refused >= REFUSALS else Then.READ_ON
            return Answer(b"-ERR [AUTH] invalid credentials\r\n", leaves)
        if mailbox in self._in_use:
            raise RefusedError("[IN-USE] the mailbox is open in another session")
        self._in_use.add(mailbox)
        self._mailbox = mailbox
        self._messages = self._mailboxes.messages(mailbox)
        return _ok(f"{len(self._messages)} messages")

    def _quit(self, _: str) -> Answer:
        for uid in self._deleted:
            self._mailboxes.delete(uid)
        return Answer(b"+OK bye\r\n", Then.LEAVE)

    def _stat(self, _: str) -> Answer:
        kept = self._kept()
        return _ok(f"{len(kept)} {sum(len(stored.content) for _, stored in kept)}")

    def _list(self, argument: str) -> Answer:
        return self._each(argument, lambda stored: str(len(stored.content)))

    def _uidl(self, argument: str) -> Answer:
        return self._each(argument, lambda stored: stored.uid)

    def _retr(self, argument: str) -> Answer:
        return _content(self._message(argument).content)

    def _top(self, argument: str) -> Answer:
        number, _, wanted = argument.partition(" ")
        if not _is_number(wanted):
            raise RefusedError("TOP wants a message and a number of lines")
        header, empty_line, body = self._message(number).content.partition(b"\r\n\r\n")
        lines = body.split(b"\r\n")[: int(wanted)]
        return _content(header + empty_line + b"".join(line + b"\r\n" for line in lines))

    def _dele(self, argument: str) -> Answer:
        self._deleted.add(self._message(argument).uid)
        return _ok("will be deleted at QUIT")

    def _rset(self, _: str) -> Answer:
        self._deleted.clear()
        return _ok("nothing will be deleted")

    def _each(self, argument: str, say: Callable[[Stored], str]) -> Answer:
        """One line for one message where a number is given, else one for each."""
        if argument:
            return _ok(f"{argument} {say(self._message(argument))}")
        return _listing("messages", [f"{number} {say(stored)}" for number, stored in self._kept()])

    def _kept(self) -> list[tuple[int, Stored]]:
        return [
            (number, stored)
            for number, stored in enumerate(self._messages, 1)
            if stored.uid not in self._deleted
        ]

    def _message(self, number: str) -> Stored:
        stored = dict(self._kept()).get(int(number)) if _is_number(number) else None
        if stored is None:
            raise RefusedError("there is no such message")
        return stored


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9


def _ok(words: str) -> Answer:
    return Answer(f"+OK {words}\r\n".encode())


def _error(words: str) -> Answer:
    return Answer(f"-ERR {words}\r\n".encode())


def _listing(words: str, lines: list[str]) -> Answer:
    return Answer("".join(f"{line}\r\n" for line in (f"+OK {words}", *lines, ".")).encode())


def _content(content: bytes) -> Answer:
    """A message, with its lines' leading dots doubled (RFC 1939 section 3)."""
    body = content if content.endswith(b"\r\n") else content + b"\r\n"
    stuffed = (b"\r\n" + body).replace(b"\r\n.", b"\r\n..")[2:]
    return Answer(b"+OK here it is\r\n" + stuffed + b".\r\n")
