"""What IMAP's responses say (RFC 3501 section 7): pure, over bytes that anybody may have written."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Response:
    """``text``: all after the tag or ``*``, a literal in it as ``{5}``. ``literals``: what stood there."""

    text: bytes
    literals: tuple[bytes, ...] = ()


_CAPABILITY = re.compile(rb"(?:OK \[)?CAPABILITY ([^\]\r\n]*)", re.IGNORECASE)
_EXISTS = re.compile(rb"(\d{1,10}) EXISTS\b", re.IGNORECASE)
_FETCH = re.compile(rb"\d{1,10} FETCH \(", re.IGNORECASE)
_UID = re.compile(rb"[( ]UID (\d{1,10})[) ]", re.IGNORECASE)
_BODY = re.compile(
    rb'BODY\[(?:HEADER)?\](?:<0>)? (?:(?P<literal>\{\d+\+?\})|"(?P<quoted>(?:[^"\\]|\\.)*)")', re.IGNORECASE
)


def capabilities_in(response: Response) -> list[bytes] | None:
    found = _CAPABILITY.match(response.text)
    return found[1].split() if found else None


def exists_in(response: Response) -> int | None:
    found = _EXISTS.match(response.text)
    return int(found[1]) if found else None


def code_in(response: Response, name: bytes) -> int | None:
    """The number of a response code such as ``OK [UIDNEXT 17]``."""
    found = re.match(rb"OK \[%b (\d{1,10})\]" % name, response.text, re.IGNORECASE)
    return int(found[1]) if found else None


def uid_in(response: Response) -> int | None:
    """None for what is no FETCH, and for one about flags that names no UID."""
    found = _FETCH.match(response.text) and _UID.search(response.text)
    return int(found[1]) if found else None


def body_in(response: Response) -> bytes:
    """A message's octets, of a FETCH that asked for nothing else which a literal could be."""
    found = _BODY.search(response.text)
    if found and found["literal"] and len(response.literals) == 1:
        return response.literals[0]
    return re.sub(rb"\\(.)", rb"\1", found["quoted"]) if found and found["quoted"] else b""


def quoted(text: str) -> str | None:
    """A quoted string (RFC 3501 section 4.3); None for what only a literal can carry."""
    if not text.isascii() or not text.isprintable():
        return None
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def login_lines(username: str, secret: str) -> tuple[str, ...]:
    """LOGIN as the lines to send: all but the last end with a literal's size, and want to be gone on from."""
    lines = ["LOGIN"]
    for word in (username, secret):
        string = quoted(word)
        if string is not None:
            lines[-1] += f" {string}"
        else:
            lines[-1] += f" {{{len(word.encode())}}}"
            lines.append(word)
    return tuple(lines)
