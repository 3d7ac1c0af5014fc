"""A message that may be a bounce, taken apart into what was written by the machine and what was returned."""

import re
from dataclasses import dataclass
from functools import cached_property

from letterhead.bounces import words
from letterhead.bounces.addresses import addresses_in, key_of
from letterhead.bounces.mime import PREAMBLE, Fields, Part, decode_words, lines_of, parse, read_fields

MOST_TEXT = 40_000
MOST_LINES = 3000
MOST_IDS = 20
RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})

_FIELD_LINE = re.compile(r"[ \t>|]{0,4}(?:[A-Za-z][A-Za-z0-9-]{1,40}): ?\S|[ \t]+\S")
_TELLING = re.compile(
    r"[ \t>|]{0,4}(?:Received|Return-Path|Message-ID|From|MIME-Version|Date)\s*:", re.IGNORECASE
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,398}>")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """``fields``: the header. ``parts``: the leaves of its body."""

    fields: Fields
    parts: list[Part]

    @cached_property
    def subject(self) -> str:
        return decode_words(self.fields.get("subject"))

    @cached_property
    def sender(self) -> str:
        """From, with its name."""
        return decode_words(self.fields.get("from"))[:1000]

    @cached_property
    def _written(self) -> tuple[str, str]:
        """What the machine tells, and what stands below it in the same part: the message it returns."""
        plain, rich, lead, below = list[str](), list[str](), list[str](), ""
        for part in self.parts:
            if part.media_type in RETURNED:
                break
            if part.media_type in STATUS or part.media_type.startswith(("image/", "application/")):
                continue
            text, rest = _apart(part.text[: MOST_TEXT * 4])
            below = below or rest
            kinds = {"text/html": rich, PREAMBLE: lead}
            kinds.get(part.media_type, plain).append(text)
            if rest:
                break
        texts = ("\n".join(kind) for kind in (plain, rich, lead))
        return next((text for text in texts if text.strip()), "")[:MOST_TEXT], below

    @property
    def text(self) -> str:
        return self._written[0]

    @cached_property
    def statuses(self) -> list[Part]:
        return [part for part in self.parts if part.media_type in STATUS]

    @property
    def has_returned(self) -> bool:
        return any(part.media_type in RETURNED for part in self.parts)

    @cached_property
    def returned(self) -> Fields:
        """The header of the message that came back, as far as it did."""
        for part in self.parts:
            if part.media_type in RETURNED:
                return read_fields(_head(part.text))
        return read_fields(_head(_unquoted(self._written[1])))

    @cached_property
    def returned_ids(self) -> tuple[str, ...]:
        """Message-IDs of the returned message, of what is returned within it, and of what it answers."""
        texts = [part.text for part in self.parts if part.media_type in RETURNED] or [self._written[1]]
        found = []
        for text in texts:
            for line in _fields_named(text, "message-id"):
                found += _MESSAGE_ID.findall(line)
        for value in self.fields.of("in-reply-to", "references", "x-original-message-id"):
            found += _MESSAGE_ID.findall(value[-4000:])
        return tuple(dict.fromkeys(found))[:MOST_IDS]

    @cached_property
    def recipients_of_returned(self) -> list[str]:
        """Whom the returned message names as its recipients."""
        names = ("to", "cc", "x-original-to", "envelope-to", "x-envelope-to", "delivered-to", "apparently-to")
        return addresses_in(" , ".join(decode_words(value) for value in self.returned.of(*names)))

    @cached_property
    def own(self) -> frozenset[str]:
        """Keys of addresses that are the sender's: whoever the bounce came to, and wrote the message."""
        bounce = ("to", "delivered-to", "envelope-to", "apparently-to")
        values = self.fields.of(*bounce) + self.returned.of("from", "return-path", "sender", "reply-to")
        return frozenset(map(key_of, addresses_in(" , ".join(map(decode_words, values)))))


def open_letter(raw: bytes) -> Letter:
    """Never raises."""
    fields, parts = parse(raw)
    return Letter(fields=fields, parts=parts)


def _apart(text: str) -> tuple[str, str]:
    """At the line that says so, or where a header begins."""
    lines = lines_of(text).split("\n")
    for at, line in enumerate(lines[:MOST_LINES]):
        if (words.RETURNED_BELOW.match(line) and _header_within(lines, at + 1, 8)) or _header_at(lines, at):
            return "\n".join(lines[:at]), "\n".join(lines[at:])
    return text, ""


def _header_within(lines: list[str], start: int, reach: int) -> bool:
    return any(_header_at(lines, at, needed=2) for at in range(start, min(start + reach, len(lines))))


def _header_at(lines: list[str], at: int, *, needed: int = 4) -> bool:
    """Whether a message's header begins here: so many fields in a row, some of them every message's."""
    if not _FIELD_LINE.match(lines[at]) or lines[at][:1] in " \t":
        return False
    names = set()
    for line in lines[at : at + 40]:
        if not _FIELD_LINE.match(line):
            break
        if _TELLING.match(line):
            names.add(line.partition(":")[0].strip(" \t>|").lower())
            if len(names) >= min(needed, 3):
                return True
    return False


def _head(text: str) -> str:
    """Up to the first blank line after a field."""
    lines, seen = [], False
    for line in text.split("\n")[:1000]:
        if not line.strip() and seen:
            break
        if ":" in line:
            seen = True
        lines.append(line)
    return "\n".join(lines)


def _unquoted(text: str) -> str:
    """Without the marks and words before the header itself."""
    lines = text.split("\n")[:400]
    start = next((at for at in range(min(len(lines), 12)) if _header_at(lines, at, needed=2)), 0)
    return "\n".join(line.lstrip(" >|") if line[:1] in ">|" else line for line in lines[start:])


def _fields_named(text: str, name: str) -> list[str]:
    lines, found = text.split("\n"), []
    for at, line in enumerate(lines):
        if line.lstrip(" >|\t").lower().startswith(name + ":"):
            found.append(line + (lines[at + 1] if at + 1 < len(lines) else ""))
            if len(found) == 10:
                break
    return found
