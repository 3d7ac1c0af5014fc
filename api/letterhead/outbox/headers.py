"""Header fields as bytes: 7-bit, folded, with what is not plain in encoded words (RFC 5322, RFC 2047).

Written out here because the standard library's folding loses quotes and commas of long names in several
Python releases, and a header has to read the same under all of them.
"""

import base64
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LINE = 76
LONGEST_WORD = 900  # with a field name still under the 998 octets of a line
WORD_OCTETS = 39  # 52 characters of base64; with the markup and a field name still within 76 (RFC 2047, 2)
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
UNSAFE_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """``address``: an addr-spec in ASCII, its domain as A-labels. White space in ``name`` is folded."""

    address: str
    name: str | None = None


def has_control_characters(text: str) -> bool:
    """Whether a reader somewhere could take a part of ``text`` for the end of a line, or cannot encode it."""
    return any(unicodedata.category(character) in UNSAFE_CATEGORIES for character in text)


def text_field(name: str, value: str) -> bytes:
    """An unstructured field (RFC 5322 section 2.2.1). Raises ValueError for control characters."""
    _refuse_control_characters(value)
    return _field(name, _folded(name, value) if _is_plain(value) else _encoded(value))


def address_field(name: str, mailboxes: Sequence[Mailbox]) -> bytes:
    """A list of mailboxes, one a line; an empty group when there are none (RFC 5322 section 3.4).

    Raises ValueError for control characters.
    """
    for mailbox in mailboxes:
        _refuse_control_characters(mailbox.address + (mailbox.name or ""))
    return _field(name, ",\r\n ".join(map(_mailbox, mailboxes)) or "undisclosed-recipients:;")


def _field(name: str, folded: str) -> bytes:
    return f"{name}: {folded}\r\n".encode("ascii")


def _refuse_control_characters(value: str) -> None:
    if has_control_characters(value):
        raise ValueError("a header holds a control character")


def _mailbox(mailbox: Mailbox) -> str:
    name = " ".join((mailbox.name or "").split())
    return f"{_phrase(name)} <{mailbox.address}>" if name else mailbox.address


def _phrase(name: str) -> str:
    if not name.isascii() or "=?" in name:
        return _encoded(name)
    if ATOMS.fullmatch(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_plain(value: str) -> bool:
    return (
        value.isascii()
        and "=?" not in value
        and value == " ".join(value.split())
        and all(len(word) <= LONGEST_WORD for word in value.split(" "))
    )


def _folded(name: str, value: str) -> str:
    lines, room = [""], LINE - len(name) - 2
    for word in value.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
            room = LINE - 1
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _encoded(text: str) -> str:
    """Encoded words that each hold whole characters (RFC 2047 section 5)."""
    chunks = [b""]
    for octets in (character.encode() for character in text):
        if len(chunks[-1]) + len(octets) > WORD_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(chunk).decode()}?=" for chunk in chunks)
