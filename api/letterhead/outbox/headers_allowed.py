"""Which header fields a caller may add, and which are the house's own."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from letterhead.errors import Problem, ProblemCode
from letterhead.outbox.headers import has_control_characters

URIS = re.compile(r"<[a-z][a-z0-9+.-]*:[^<>\s,]+>(\s*,\s*<[a-z][a-z0-9+.-]*:[^<>\s,]+>)*", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<?([!-;=?A-~]+@[!-;=?A-~]+)>?")
ANY = re.compile(r".+")
ALLOWED: Mapping[str, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        "auto-submitted": (re.compile(r"(no|auto-[a-z]+)(\s*;.*)?", re.IGNORECASE), "auto-generated"),
        "comments": (ANY, ""),
        "content-language": (re.compile(r"[A-Za-z0-9-]+(\s*,\s*[A-Za-z0-9-]+)*"), "de, en"),
        "feedback-id": (ANY, ""),
        "importance": (re.compile(r"high|normal|low", re.IGNORECASE), "high"),
        "keywords": (ANY, ""),
        "list-archive": (URIS, "<https://example.com/archive>"),
        "list-help": (URIS, "<https://example.com/help>"),
        "list-id": (re.compile(r"[^<>]*<[^<>\s]+>"), "News <news.example.com>"),
        "list-owner": (URIS, "<mailto:owner@example.com>"),
        "list-post": (re.compile(rf"NO|{URIS.pattern}", re.IGNORECASE), "NO"),
        "list-subscribe": (URIS, "<https://example.com/in>"),
        "list-unsubscribe": (URIS, "<https://example.com/out?u=1>"),
        "list-unsubscribe-post": (re.compile("List-Unsubscribe=One-Click"), "List-Unsubscribe=One-Click"),
        "organization": (ANY, ""),
        "precedence": (re.compile(r"bulk|list|junk|first-class", re.IGNORECASE), "bulk"),
        "priority": (re.compile(r"normal|urgent|non-urgent", re.IGNORECASE), "urgent"),
        "references": (ANY, ""),
        "sensitivity": (
            re.compile(r"personal|private|company-confidential", re.IGNORECASE),
            "company-confidential",
        ),
    }
)
"""The form of each, and an example. Sources: RFC 2156, 2369, 2919, 3282, 3834, 4021, 5322, 8058."""

FREE_TEXT = frozenset({"comments", "keywords", "organization"})
ORDERS_TO_RELAYS = frozenset({"x-smtpapi"})
"""A relay would take other recipients from it than the message is known to have."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
MOST_HEADERS = 50
LONGEST_VALUE = 900
LONGEST_THREAD = 8_000
LONGEST_MESSAGE_ID = 400


def header_problems(headers: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    given = list(headers)
    seen: set[str] = set()
    for index, (name, value) in enumerate(given):
        path = ("headers", str(index))
        if index == MOST_HEADERS:
            yield Problem(ProblemCode.TOO_LARGE, f"More than {MOST_HEADERS} headers.", ("headers",))
            return
        if not NAME.fullmatch(name) or not _is_allowed(name):
            allowed = ", ".join(sorted(field.title() for field in ALLOWED))
            message = f"This header cannot be set here. Possible are {allowed} and X- headers."
            yield Problem(ProblemCode.INVALID, message, (*path, "name"))
        elif name.lower() in seen:
            yield Problem(ProblemCode.INVALID, f"{name} is given twice.", (*path, "name"))
        elif reason := _wrong_with(name, value.strip()):
            yield Problem(ProblemCode.INVALID, reason, (*path, "value"))
        seen.add(name.lower())
    yield from _one_click_problems(given)


def parse_in_reply_to(written: str | None) -> str | Problem | None:
    """A Message-ID with its angle brackets (RFC 5322 section 3.6.4)."""
    if written is None:
        return None
    match = MESSAGE_ID.fullmatch(written.strip())
    if match is None or len(written) > LONGEST_MESSAGE_ID:
        return Problem(
            ProblemCode.INVALID, "This is not a Message-ID such as <1234@example.com>.", ("inReplyTo",)
        )
    return f"<{match.group(1)}>"


def thread_in(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The Message-IDs of a References field, oldest first."""
    return tuple(
        one for name, value in headers if name.lower() == "references" for one in value.split() if one
    )


def _is_allowed(name: str) -> bool:
    lowered = name.lower()
    return lowered in ALLOWED or (lowered.startswith("x-") and lowered not in ORDERS_TO_RELAYS)


def _wrong_with(name: str, value: str) -> str | None:
    lowered = name.lower()
    if not value:
        return f"{name} is empty."
    longest = LONGEST_THREAD if lowered == "references" else LONGEST_VALUE
    if len(value) > longest:
        return f"{name} is longer than {longest} characters."
    if has_control_characters(value):
        return f"{name} has line ends or control characters."
    return None if lowered.startswith("x-") or lowered in FREE_TEXT else _malformed(name, lowered, value)


def _malformed(name: str, lowered: str, value: str) -> str | None:
    if not (value.isascii() and _stays_plain(value)):
        return f"{name} has letters outside ASCII, or no spaces where a line could end."
    form, example = ALLOWED[lowered]
    if not form.fullmatch(value):
        return f"{name} is not of its form, such as {example}."
    if lowered == "references" and not all(map(_is_message_id, value.split())):
        return "References are Message-IDs such as <1234@example.com>, with spaces between them."
    return None


def _is_message_id(word: str) -> bool:
    whole = word.startswith("<") and word.endswith(">") and len(word) <= LONGEST_MESSAGE_ID
    return whole and MESSAGE_ID.fullmatch(word) is not None


def _one_click_problems(given: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    """RFC 8058 section 3.1: one click needs a place to post to."""
    values = {name.lower(): value.lower() for name, value in given}
    if "<https:" in values.get("list-unsubscribe", ""):
        return
    for index, (name, _) in enumerate(given):
        if name.lower() == "list-unsubscribe-post":
            message = "List-Unsubscribe-Post needs a List-Unsubscribe with an https address."
            yield Problem(ProblemCode.INVALID, message, ("headers", str(index), "value"))


def _stays_plain(value: str) -> bool:
    """Encoded words mean nothing in a structured field, so its value must not need them."""
    return "=?" not in value and value == " ".join(value.split())
