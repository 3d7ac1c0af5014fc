"""Remote text, cleaned once, here at the edge: after this it is safe to print, store and show."""

import re
from functools import lru_cache

from letterhead_providers import ServerReply

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC: titles, links
    r"|\x1b[ -/]*[0-~]?"
)
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Blank although Unicode calls them letters, marks or symbols. The other invisible ones are not printable."""


def clean(text: str | bytes, limit: int = 2000) -> str:
    """Anything at all as printable text of at most ``limit`` characters, its lines joined by ``\\n``.

    Escape sequences, controls, bidirectional and zero-width characters are dropped, what is not text
    becomes U+FFFD, white space is folded, empty lines go. Cleaning what is clean changes nothing.
    """
    if isinstance(text, str) and len(text) <= limit and _is_clean(text):
        return text
    if isinstance(text, bytes):
        text = text[: limit * 32].decode("utf-8", "replace")
    start = text[: limit * 8]
    lines = (" ".join(_printable(line).split()) for line in _ESCAPES.sub("", start).splitlines())
    cleaned = "\n".join(line for line in lines if line)
    if len(cleaned) > limit or len(text) > len(start):
        return cleaned[: limit - 1].rstrip() + "…"
    return cleaned


def _is_clean(text: str) -> bool:
    """Of most replies, which then cost no more than a look."""
    return text.isascii() and text.isprintable() and "  " not in text and text == text.strip()


def _printable(line: str) -> str:
    return "".join(map(_shown, line))


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"
    return character if character.isprintable() and character not in _INVISIBLE else ""


_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:[ \n]|$)")


@lru_cache(maxsize=512)
def parse_smtp_reply(code: int, message: str) -> ServerReply:
    """``message``: the reply's lines without the basic code, joined by ``\\n``.

    RFC 2034 puts the enhanced status (RFC 3463) at the start of every line; it is taken off. Most replies are
    the same few, so they are remembered for a while.
    """
    text = clean(message)
    found = _ENHANCED.match(text)
    if not found:
        return ServerReply(code=code, text=text)
    enhanced = found[1]
    lines = (re.sub(rf"^{re.escape(enhanced)}(?: |$)", "", line) for line in text.split("\n"))
    return ServerReply(code=code, enhanced=enhanced, text="\n".join(line for line in lines if line))


def parse_pop3_error(line: str | bytes) -> ServerReply:
    """A line that begins with ``-ERR``. A response code such as ``[AUTH]`` (RFC 2449) stays in the text."""
    return ServerReply(text=re.sub(r"^-ERR(?: |$)", "", clean(line), flags=re.IGNORECASE))


def parse_imap_error(text: str | bytes) -> ServerReply:
    """Lines that begin with a tag or ``*`` and with NO or BYE, which are taken off.

    A line with BAD is kept whole: it is no refusal, but says that the command was not understood. A response
    code such as ``[AUTHENTICATIONFAILED]`` (RFC 5530) stays in the text.
    """
    words = re.sub(r"^\S+ (?:OK|NO|BYE)(?: |$)", "", clean(text), flags=re.IGNORECASE | re.MULTILINE)
    return ServerReply(text=clean(words))
