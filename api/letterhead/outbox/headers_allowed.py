"""Which header fields a caller may add, and which are the house's own."""

import re
from collections.abc import Iterable, Iterator

from letterhead.errors import Problem, ProblemCode
from letterhead.outbox.headers import has_control_characters

ALLOWED = {
    "auto-submitted",
    "feedback-id",
    "importance",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "precedence",
    "priority",
}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
MOST_HEADERS = 50
LONGEST_VALUE = 900
MESSAGE_ID = re.compile(r"<?([!-;=?A-~]+@[!-;=?A-~]+)>?")
LONGEST_MESSAGE_ID = 400


def header_problems(headers: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, (name, value) in enumerate(headers):
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


def _is_allowed(name: str) -> bool:
    return name.lower() in ALLOWED or name.lower().startswith("x-")


def _wrong_with(name: str, value: str) -> str | None:
    if not value:
        return f"{name} is empty."
    if len(value) > LONGEST_VALUE:
        return f"{name} is longer than {LONGEST_VALUE} characters."
    if has_control_characters(value):
        return f"{name} has line ends or control characters."
    if not name.lower().startswith("x-") and not (value.isascii() and _stays_plain(value)):
        return f"{name} has letters outside ASCII, or no spaces where a line could end."
    return None


def _stays_plain(value: str) -> bool:
    """Encoded words mean nothing in a structured field, so its value must not need them."""
    return "=?" not in value and value == " ".join(value.split())
