"""What a file is called, and of what type it says it is: told by a stranger, shown to another."""

import re
import unicodedata
from email.message import Message
from urllib.parse import unquote

from letterhead.outbox.headers import UNSAFE_CATEGORIES

LONGEST = 200
UNNAMED = "attachment"
AROUND = '. "<>'
"""Mail programs take quotes and brackets around a name for marks, not for a part of it."""

TOKEN = r"[a-z0-9!#$&^_.+-]{1,100}"
MEDIA_TYPE = re.compile(rf"(?P<type>{TOKEN}/{TOKEN})", re.IGNORECASE)
CHARSET = re.compile(r""";\s*charset\s*=\s*"?(?P<charset>[a-z0-9_.:+-]{1,40})"?""", re.IGNORECASE)
EXTENDED = re.compile(r"""filename\*\s*=\s*UTF-8'[^']*'(?P<octets>[!-:<-~]+)""", re.IGNORECASE)  # RFC 8187
TURNING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x61C)}
"""They turn the order of what is read, by which an .exe can be made to look like a .pdf."""


def file_name(content_disposition: str) -> str | None:
    """What a Content-Disposition names, cleaned; None where it names nothing. The extended form counts first
    (RFC 6266 section 4.3)."""
    if extended := EXTENDED.search(content_disposition):
        return clean_name(unquote(extended["octets"], errors="replace"))
    field = Message()
    field["Content-Disposition"] = _as_sent(content_disposition)
    named = field.get_param("filename", header="content-disposition")
    return clean_name(named) if isinstance(named, str) else None


def clean_name(told: str) -> str:
    """A name alone: no folder, nothing that cannot be seen, not too long, its ending kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", told))[-1]
    seen = "".join(
        " " if unicodedata.category(character) in UNSAFE_CATEGORIES else character
        for character in last
        if character not in TURNING
    )
    name = " ".join(seen.split()).strip(AROUND)
    stem, dot, ending = name.rpartition(".")
    if len(name) > LONGEST and dot and len(ending) <= 20:
        name = f"{stem[: LONGEST - len(ending) - 1]}.{ending}"
    return name[:LONGEST].strip(AROUND) or UNNAMED


def clean_media_type(told: str) -> str | None:
    """``type/subtype`` in lower case, with its charset where it has one; None for what is no media type."""
    main, semicolon, parameters = told.partition(";")
    match = MEDIA_TYPE.fullmatch(main.strip())
    if match is None:
        return None
    charset = CHARSET.search(semicolon + parameters)
    kind = match["type"].lower()
    return f"{kind}; charset={charset['charset']}" if charset and kind.startswith("text/") else kind


def _as_sent(value: str) -> str:
    """Servers read header fields as Latin-1; many clients write UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
