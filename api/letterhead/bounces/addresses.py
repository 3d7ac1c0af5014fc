"""Addresses as they stand in reports: bare, in brackets, with a type before them, or encoded."""

import re

ADDRESS = r"[^\s<>()\[\]{}\"',;:@/\\=?]{1,100}@[^\s<>()\[\]{}\"',;:@/\\=?!*]{1,200}"
"""A pattern without groups: an address such as people have. Bounded, so that it takes linear time."""

_LOCAL_QUOTED = r'"[^"\n]{1,100}"@[A-Za-z0-9.-]{1,200}'
_ANY = re.compile(rf"{ADDRESS.replace('/', '').replace('=', '').replace('?', '')}|{_LOCAL_QUOTED}")
_TYPED = re.compile(r"^\s*(?:rfc822|utf-8|unknown|smtp|x-\w+|system|dns)\s*;\s*", re.IGNORECASE)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_UNITEXT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?|\[[\w.:]+\]")
_SENDING_MACHINES = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|mdaemon|no-?reply)@", re.IGNORECASE)


def first_address(text: str) -> str | None:
    return next(iter(addresses_in(text)), None)


def addresses_in(text: str) -> list[str]:
    """In their order, each once."""
    found = (tidied(match[0]) for match in _ANY.finditer(text[:20_000]))
    return list(dict.fromkeys(address for address in found if address))


def tidied(text: str) -> str | None:
    """An address without what surrounds it. None for what is none."""
    text = text.strip().strip("<>()[]'`*,;:.!").removeprefix("mailto:").removeprefix("smtp:")
    local, at, domain = text.rpartition("@")
    shortened = local.endswith("...")  # by archives that hide addresses
    if (
        not (at and local and len(text) <= 320 and text.isprintable() and _DOMAIN.fullmatch(domain))
        or shortened
    ):
        return None
    return re.sub(r'^"([^"\\\s]+)"@', r"\1@", text).rstrip(".")


def typed_address(value: str) -> str | None:
    """The address of a field such as ``rfc822; zoe@example.org`` (RFC 3464 section 2.1.2, RFC 6533)."""
    utf8 = value.strip().lower().startswith("utf-8")
    text = _TYPED.sub("", value).split(" (")[0].strip()
    if utf8:
        text = _UNITEXT.sub(_character, text)
    if "+40" in text and "@" not in text:  # xtext (RFC 3461 section 4)
        text = _XTEXT.sub(lambda match: chr(int(match[1], 16)), text)
    inner = re.search(r"<([^<>]{3,320})>", text)
    return tidied(inner[1] if inner else text) or first_address(text)


def key_of(address: str) -> str:
    """The form in which two addresses are the same to whoever looks for one in a message of ours."""
    return address.strip().strip("<>").casefold()


def is_machine(address: str) -> bool:
    return _SENDING_MACHINES.match(address) is not None


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
