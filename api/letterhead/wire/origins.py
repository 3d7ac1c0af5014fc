"""Addresses of pages that a browser is sent to, and whose pages they are (RFC 6454)."""

import re
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE = re.compile(r"[!-\[\]-~]+")
"""Visible ASCII but for the backslash, which browsers read as a slash."""


def origin_of(url: str) -> str:
    """Such as ``https://crm.example`` or ``http://localhost:3000``. ValueError for what is no page."""
    parts, port = _parts(url)
    assert parts.hostname, "checked"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port == _DEFAULT_PORTS[parts.scheme] else f":{port}")


def clean_origin(text: str) -> str:
    """An origin as a person wrote it. ValueError where it is more than that."""
    parts, _ = _parts(text)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("an origin has no path; write it such as https://crm.example")
    return origin_of(text)


def clean_base(text: str) -> str:
    """A URL that paths can be put after, without its last slash."""
    parts, _ = _parts(text)
    if parts.query or parts.fragment:
        raise ValueError("write a URL without ? and #, such as https://mail.example.com")
    return text.rstrip("/")


def with_parameter(url: str, name: str, value: str) -> str:
    """``value`` needs no escaping."""
    parts = urlsplit(url)
    return parts._replace(query=f"{parts.query}&{name}={value}".removeprefix("&")).geturl()


def _parts(url: str) -> tuple[SplitResult, int]:
    """The URL and its port. Whatever browsers and Python read in different ways is refused."""
    wrong = ValueError("this is not the URL of a page; write it such as https://crm.example")
    if not _SAFE.fullmatch(url):
        raise wrong
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    slashes = url[len(parts.scheme) : len(parts.scheme) + 3] == "://"
    if parts.scheme not in _DEFAULT_PORTS or not slashes or not parts.hostname or "@" in parts.netloc:
        raise wrong
    return parts, port if port is not None else _DEFAULT_PORTS[parts.scheme]
