"""Images within HTML: what ``cid:NAME`` means (RFC 2392).

``NAME`` is the name of an attached file or its id. A Content-ID has to be an address of its own, so each
file that is shown gets one, and the references are rewritten to it; nothing else of the HTML is touched.
"""

import html as markup
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

REFERENCE = re.compile(
    r"""(?P<before>["']\s*cid:)(?P<quoted>[^"'<>]{1,600}?)(?=\s*["'])"""
    r"""|(?P<open>(?:=|url\()\s*cid:)(?P<bare>[^\s"'<>)]{1,600})""",
    re.IGNORECASE,
)


def references(html: str) -> frozenset[str]:
    """The names that ``html`` shows."""
    return frozenset(_name(match) for match in REFERENCE.finditer(html))


def rewritten(html: str, content_ids: Mapping[str, str]) -> str:
    """``content_ids``: by name; a reference to another name stays as it is."""

    def rewrite(match: re.Match[str]) -> str:
        content_id = content_ids.get(_name(match))
        return match.group() if content_id is None else (match["before"] or match["open"]) + content_id

    return REFERENCE.sub(rewrite, html)


def missing(html: str, names: frozenset[str]) -> Iterator[str]:
    """What ``html`` shows and none of ``names`` is, in order."""
    yield from sorted(references(html) - names)


def _name(match: re.Match[str]) -> str:
    return unquote(markup.unescape(match["quoted"] or match["bare"])).strip()
