"""A reply's words, folded so that spelling, punctuation, hosts and addresses do not matter."""

import re
import unicodedata

_APOSTROPHES = str.maketrans("’`´", "'''")
_ELISION = re.compile(r"\b([cdjlnqs])'", re.IGNORECASE)
_UNSPACED_SCRIPT = re.compile(r"([\u3040-\u30ff\u3400-\u9fff])")
_SEPARATORS = re.compile(r"[\s<>()\[\]{}\",;|]+")
_NOT_A_WORD = re.compile(r"[\W_]+")
_LIST_OPERATORS = re.compile(
    r"spamhaus|spamcop|barracuda|sorbs|uceprotect|abuseat|senderscore|senderbase|ipcheck|mailspike|invaluement"
    r"|dnsbl|\brbl\b|blocklist|blacklist"
)
LISTED = "dnsbl"
"""Stands in folded text for the host name of an operator of block lists."""


def fold(text: str) -> str:
    """Lower-case words between single spaces, with a space before the first and after the last.

    Addresses, links and host names are left out: their words say nothing about the reason. Signs of scripts
    written without spaces are words of their own.
    """
    kept = []
    joined = _ELISION.sub(r"\1 ", text.translate(_APOSTROPHES)).replace("'", "")
    for token in _SEPARATORS.split(joined):
        if "@" in token:
            continue
        kept.append(_without_host(token) if "." in token else token)
    plain = unicodedata.normalize("NFKD", " ".join(kept)).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    spaced = _UNSPACED_SCRIPT.sub(r" \1 ", letters)
    return f" {_NOT_A_WORD.sub(' ', spaced).strip()} "


def _without_host(token: str) -> str:
    scheme, has_scheme, rest = token.partition("://")
    if not has_scheme and not _is_host(token):
        return token
    host = (rest.partition("/")[0] if has_scheme else scheme).lower()
    return LISTED if _LIST_OPERATORS.search(host) else ""


def _is_host(token: str) -> bool:
    """Three labels or more, all in lower case: class names such as ``STOREDRV.Submission`` are none."""
    return token.strip(".:").count(".") >= 2 and token == token.lower()
