"""MIME entities as bytes (RFC 2045, RFC 2046): 7-bit, in lines that any server takes.

Written out here for the same reason as the header fields: a file's name and bytes, and both bodies, have to
arrive as they were given under every release of Python.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

LONGEST_PLAIN_LINE = 76
LONGEST_LINE = 998  # RFC 5322 section 2.1.1
PIECE = 60
PLAIN_NAME = re.compile(r"[A-Za-z0-9_()+-][A-Za-z0-9 ._()+-]{0,59}")
BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
OPAQUE = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class File:
    """``media_type``: type/subtype, perhaps with a charset. ``content_id``: by which the HTML shows it,
    without angle brackets; None: it is attached."""

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


def text_entity(subtype: str, text: str) -> bytes:
    """Lines end in CRLF, the last one too."""
    lines = text.encode().splitlines()
    whole = b"\r\n".join(lines) + b"\r\n"
    if whole.isascii() and max(map(len, lines), default=0) <= LONGEST_PLAIN_LINE:
        encoding, body = "7bit", whole
    else:
        shortest = min((_quoted_printable(whole), _base64(whole)), key=len)
        encoding = "base64" if shortest == _base64(whole) else "quoted-printable"
        body = shortest
    return _entity((f'Content-Type: text/{subtype}; charset="utf-8"', _transfer(encoding)), body)


def file_entity(file: File) -> bytes:
    """Base64, so that its bytes arrive as they are; only a mail within a mail may not be encoded
    (RFC 2046 section 5.2.1) and is opaque where it would have to be."""
    whole_type, encoding, body = file.media_type, "base64", b""
    kind = whole_type.partition(";")[0].strip().lower()
    if kind == "message/rfc822" and _goes_as_it_is(file.content):
        encoding, body = "7bit", file.content
    elif kind.startswith(("message/", "multipart/")):
        whole_type = OPAQUE
    shown = file.content_id is not None
    fields = [
        f"Content-Type: {whole_type}",
        _transfer(encoding),
        f"Content-Disposition: {'inline' if shown else 'attachment'}{parameter('filename', file.name)}",
    ]
    if shown:
        fields.append(f"Content-ID: <{file.content_id}>")
    return _entity(fields, body or _base64(file.content))


def multipart(subtype: str, *entities: bytes, parameters: str = "") -> bytes:
    """The entities in one; of one alone, itself. ``parameters``: each begins with a semicolon."""
    if len(entities) == 1:
        return entities[0]
    boundary = f"=_{uuid4().hex}"  # "=_" is in no encoded body, and nobody can guess the rest
    fields = [f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"{parameters}']
    parts = b"".join(f"--{boundary}\r\n".encode() + entity + b"\r\n" for entity in entities)
    return _entity(fields, parts + f"--{boundary}--\r\n".encode())


def parameter(name: str, value: str) -> str:
    """A parameter of a field, its value in pieces of whole characters where it is not plain (RFC 2231)."""
    if PLAIN_NAME.fullmatch(value) and not value.endswith(" "):
        return f';\r\n {name}="{value}"'
    pieces = list(_pieces(value))
    if len(pieces) == 1:
        return f";\r\n {name}*=utf-8''{pieces[0]}"
    first, *others = pieces
    named = [f"{name}*0*=utf-8''{first}", *(f"{name}*{n}*={piece}" for n, piece in enumerate(others, 1))]
    return "".join(f";\r\n {one}" for one in named)


def _pieces(value: str) -> Iterator[str]:
    piece = ""
    for character in value:
        encoded = quote(character, safe="").replace("~", "%7E")
        if len(piece) + len(encoded) > PIECE:
            yield piece
            piece = ""
        piece += encoded
    yield piece


def _goes_as_it_is(content: bytes) -> bool:
    return (
        bool(content)
        and content.isascii()
        and b"\0" not in content
        and not BARE_LINE_END.search(content)
        and max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE
    )


def _entity(fields: tuple[str, ...] | list[str], body: bytes) -> bytes:
    return "".join(f"{field}\r\n" for field in fields).encode("ascii") + b"\r\n" + body


def _transfer(encoding: str) -> str:
    return f"Content-Transfer-Encoding: {encoding}"


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _quoted_printable(lines: bytes) -> bytes:
    encoded = binascii.b2a_qp(lines, istext=True)
    return encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
