"""What was said in a conversation, cleaned, bounded, and without the secret, whoever repeats it."""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

from letterhead.vault.secret import Secret
from letterhead.wire.clean import clean

_MOST_LINES = 200
_LINE = 500
_SHORTEST = 4
"""A shorter secret would be found everywhere, and blotting it out would show where it is not."""
_KEPT = re.compile(r"AUTH [^ ]+(?: |$)|PASS |USER .*", re.DOTALL)
"""What is shown of a line while signing in: never an argument that is, or hides, a secret."""


class Tape:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self._hidden: set[str] = set()
        self._signing_in = False

    def sent(self, line: str) -> None:
        self._add("C", self._without_arguments(line) if self._signing_in else line)

    def received(self, text: str) -> None:
        for line in self.clean(text).split("\n"):
            self._add("S", line)

    def clean(self, text: str | bytes, limit: int = 2000) -> str:
        """Secrets are looked for in the whole, so that shortening leaves no half of one."""
        whole = clean(text, limit * 4)
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
        self._signing_in = True
        try:
            yield
        finally:
            self._signing_in = False

    def _without_arguments(self, line: str) -> str:
        kept = _KEPT.match(line)
        shown = kept[0] if kept else ""
        for word in line[len(shown) :].split():
            self._hide(word)
        return f"{shown}***" if len(line) > len(shown) else line

    def _hide(self, text: str) -> None:
        if len(hidden := clean(text)) >= _SHORTEST:
            self._hidden.add(hidden)

    def _add(self, who: str, line: str) -> None:
        if len(self.lines) < _MOST_LINES:
            self.lines.append(f"{who}: {self.clean(line, _LINE)}")
