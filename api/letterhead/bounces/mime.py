"""A message taken apart with bounds on everything, since anybody may have written it.

The standard library's parser recurses as deep as a message nests and takes time with the square of it; what
is read of a bounce is a flat list of its first parts.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header

MOST_OCTETS = 256 * 1024
MOST_PARTS = 50
MOST_DEPTH = 8
MOST_FIELDS = 500
LONGEST_LINE = 2000
PREAMBLE = "text/x-preamble"
"""Our own name for what stands before the first part: for readers that know no MIME, and for broken mail."""

_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\A[ \t]*\r?\n")
_PARAMETER = re.compile(r";\s*([\w-]{1,40})\s*\*?=\s*(?:\"([^\"]{0,500})\"|([^\s;\"]{1,500}))")
_CHARSET_NAME = re.compile(r"[A-Za-z0-9._:+-]{1,40}")
_MARKUP = re.compile(
    r"<(?:style|script|head)\b[^>]{0,500}>.{0,20000}?</(?:style|script|head)>", re.DOTALL | re.IGNORECASE
)
_BREAK = re.compile(r"<(?:br|/?p|/?div|/tr|/td|/li|/h\d|hr)\b[^>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(
    r"<[/!]?[a-zA-Z][^<>@]{0,500}>|<[/!]?[a-zA-Z][a-zA-Z0-9]*\s[^<>]{0,500}>|<!--.{0,500}?-->", re.DOTALL
)
_ENTITY = re.compile(r"&(#\d{1,6}|#x[0-9a-f]{1,5}|\w{2,8});", re.IGNORECASE)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # half characters come out of UTF-7
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "nbsp": " ", "apos": "'"}


@dataclass(frozen=True)
class Fields:
    """Header fields in their order: names in lower case, values unfolded."""

    all: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        return next((value for known, value in self.all if known == name), "")

    def of(self, *names: str) -> list[str]:
        return [value for known, value in self.all if known in names]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A leaf: ``body`` as it was sent, its transfer encoding still on it."""

    fields: Fields
    media_type: str
    parameters: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        """Decoded as well as it can be, with ``\\n``, its lines cut at a bound; HTML without its markup."""
        text = lines_of(_decoded(self.body, self.fields.get("content-transfer-encoding"), self._charset))
        return without_markup(text) if self.media_type == "text/html" else text

    @property
    def _charset(self) -> str:
        return self.parameters.get("charset", "utf-8")


def parse(raw: bytes) -> tuple[Fields, list[Part]]:
    """The header of a message, and its leaves in order. Never raises."""
    raw = raw[:MOST_OCTETS].replace(b"\0", b"")
    if raw.startswith(b"From "):  # an mbox separator that was kept
        raw = raw.partition(b"\n")[2]
    head, body = _split(raw.lstrip(b"\r\n"))
    fields = read_fields(head.decode("utf-8", "replace"))
    leaves: list[Part] = []
    for leaf in _leaves(fields, body, 0):
        leaves.append(leaf)
        if len(leaves) == MOST_PARTS:
            break
    return fields, leaves


def read_fields(text: str) -> Fields:
    """Those lines that are fields; others are passed over. Ends at nothing: give it a header alone."""
    found: list[list[str]] = []
    for line in lines_of(text).split("\n"):
        if line[:1] in (" ", "\t"):
            if found and len(found[-1][1]) < LONGEST_LINE * 4:
                found[-1][1] += " " + line.strip()
        elif match := _FIELD.match(line):
            if len(found) == MOST_FIELDS:
                break
            found.append([match[1].lower(), match[2].strip()])
    return Fields(tuple((name, value) for name, value in found))


def lines_of(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line[:LONGEST_LINE] for line in text.split("\n"))


def decode_words(text: str) -> str:
    """Encoded words (RFC 2047) as what they mean; what cannot be decoded stays as it is."""
    if "=?" not in text:
        return text
    try:
        return "".join(
            part if isinstance(part, str) else _to_text(part, charset or "ascii")
            for part, charset in decode_header(text[:LONGEST_LINE])
        )
    except (MessageError, ValueError, binascii.Error):
        return text


def without_markup(text: str) -> str:
    text = _BREAK.sub("\n", _MARKUP.sub(" ", text.replace("\n", " ")))
    text = _ENTITY.sub(_entity, _TAG.sub("", text))
    return "\n".join(line[:LONGEST_LINE].strip() for line in text.split("\n"))


def _entity(match: re.Match[str]) -> str:
    name = match[1].lower()
    if not name.startswith("#"):
        return _ENTITIES.get(name, match[0])
    number = int(name.removeprefix("#x"), base=16) if name.startswith("#x") else int(name[1:])
    return chr(number) if 32 <= number < 0xD800 else " "


def _split(raw: bytes) -> tuple[bytes, bytes]:
    found = _BLANK.search(raw)
    return (raw[: found.start()], raw[found.end() :]) if found else (raw, b"")


def _leaves(fields: Fields, body: bytes, depth: int) -> Iterator[Part]:
    media_type, parameters = _content_type(fields.get("content-type"))
    boundary = parameters.get("boundary", "")
    if not (media_type.startswith("multipart/") and boundary and depth < MOST_DEPTH):
        yield Part(fields=fields, media_type=media_type, parameters=parameters, body=body)
        return
    sections = _sections(body, boundary.encode("utf-8", "replace"))
    if len(sections) == 1:  # its boundary does not occur: what is there may still be read
        yield Part(fields=fields, media_type="text/plain", body=body)
        return
    if sections[0].strip():
        yield Part(fields=Fields(), media_type=PREAMBLE, body=sections[0])
    for section in sections[1:]:
        head, rest = _split(section)
        if not _FIELD.match(head.decode("latin-1")):
            head, rest = (b"", rest) if not head.strip() else (b"", section)
        yield from _leaves(read_fields(head.decode("utf-8", "replace")), rest, depth + 1)


def _sections(body: bytes, boundary: bytes) -> list[bytes]:
    """Preamble first. The epilogue is no part."""
    delimiter = re.compile(rb"(?:^|\n)--" + re.escape(boundary) + rb"(--)?[ \t]*\r?(?=\n|$)")
    sections, start = [], 0
    for found in delimiter.finditer(body):
        sections.append(body[start : found.start()])
        start = found.end() + 1
        if found[1] or len(sections) > MOST_PARTS:
            return sections
    return [*sections, body[start:]]


def _content_type(value: str) -> tuple[str, dict[str, str]]:
    media_type = value.partition(";")[0].strip().lower() or "text/plain"
    found = _PARAMETER.finditer(value)
    return media_type, {match[1].lower(): match[2] or match[3] or "" for match in found}


def _decoded(body: bytes, encoding: str, charset: str) -> str:
    match encoding.strip().lower():
        case "base64":
            body = _from_base64(body)
        case "quoted-printable":
            body = quopri.decodestring(body)
    return _to_text(body, charset)


def _from_base64(body: bytes) -> bytes:
    """As far as it goes: a bounce's parts are cut off anywhere."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    try:
        return base64.b64decode(letters[: len(letters) // 4 * 4])
    except binascii.Error:
        return body


def _to_text(octets: bytes, charset: str) -> str:
    if not _CHARSET_NAME.fullmatch(charset):
        charset = "utf-8"
    try:
        text = octets.decode(charset, "replace")
    except (LookupError, ValueError, UnicodeError):
        text = octets.decode("utf-8", "replace")
    return _UNSTORABLE.sub("\ufffd", text)
