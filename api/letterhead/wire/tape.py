"""What was said in a conversation, cleaned, bounded, and without the secret, whoever repeats it."""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

from letterhead.vault.secret import Secret
from letterhead.wire.clean import clean

_MOST_LINES = 200
_LINE = 500
_WHOLE = 131_072
"""Characters: more than any answer may have, so that nothing is cut before secrets were looked for."""
_SHORTEST = 4
"""A shorter secret would be found everywhere, and blotting it out would show where it is not."""
_KEPT = re.compile(r"AUTH [^ ]+(?: |$)|PASS |USER .*|A\d+ (?:AUTHENTICATE [^ ]+(?: |$)|LOGIN )", re.DOTALL)
"""What is shown of a line while signing in: never an argument that is, or hides, a secret."""


class Tape:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self._hidden: set[str] = set()
        self._signing_in = False

    def sent(self, line: str, *, hidden: bool = False) -> None:
        """``hidden``: the line is all argument, whatever it looks like."""
        self._add("C", self._without_arguments(line, hidden) if self._signing_in or hidden else line)

    def received(self, text: str | bytes) -> None:
        if len(self.lines) >= _MOST_LINES:
            return
        for line in self.clean(text).split("\n"):
            self._add("S", line)

    def clean(self, text: str | bytes, limit: int = 2000) -> str:
        """Secrets are looked for in the whole, so that shortening leaves no half of one."""
        whole = clean(text, _WHOLE)
        for hidden in sorted(self._hidden, key=len, reverse=True):
            whole = whole.replace(hidden, "***")
        return clean(whole, limit)

    @contextmanager
    def signing_in(self, username: str, secret: Secret) -> Iterator[None]:
        """Hides all arguments we send while it lasts, and for ever all forms of the secret that come back."""
        user, key = username.encode(), secret.reveal().encode()
        self._hide(secret.reveal())
        for form in (key, b"\0" + user + b"\0" + key, user + b"\0" + user + b"\0" + key):
            self._hide(b64encode(form).decode())
        for shift in range(3):
            self._hide(_within_base64(key, shift))
        self._signing_in = True
        try:
            yield
        finally:
            self._signing_in = False

    def _without_arguments(self, line: str, hidden: bool) -> str:
        kept = None if hidden else _KEPT.match(line)
        shown = kept[0] if kept else ""
        for word in line[len(shown) :].split():
            self._hide(word)
        return f"{shown}***" if len(line) > len(shown) else line

    def _hide(self, text: str) -> None:
        if len(hidden := clean(text, _WHOLE)) >= _SHORTEST:
            self._hidden.add(hidden)

    def _add(self, who: str, line: str) -> None:
        if len(self.lines) < _MOST_LINES:
            self.lines.append(f"{who}: {self.clean(line, _LINE)}")


def _within_base64(key: bytes, shift: int) -> str:
    """What of ``key`` is the same in any base64 in which so many octets of a group of three precede it."""
    encoded = b64encode(bytes(shift) + key).decode()
    return encoded[(0, 2, 3)[shift] : (shift + len(key)) * 8 // 6]
