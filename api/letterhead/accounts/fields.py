"""The small fields people fill in, checked."""

import unicodedata
from enum import Enum
from typing import Final, Literal

from email_validator import EmailNotValidError, validate_email

from letterhead.errors import Problem, ProblemCode, Refused

MOST_CHARACTERS = 200


class _Keep(Enum):
    KEEP = "KEEP"


KEEP: Final = _Keep.KEEP
"""The value of a field that was left out: keep what is there. None clears it."""

Change = str | None | Literal[_Keep.KEEP]


def checked_details(display_name: Change, reply_to: Change) -> dict[str, str | None]:
    """The columns to write, without those to keep. Raises Refused with every problem."""
    problems: list[Problem] = []
    details: dict[str, str | None] = {}
    if display_name is not KEEP:
        details["display_name"] = _display_name(display_name, problems)
    if reply_to is not KEEP:
        details["reply_to"] = _reply_to(reply_to, problems)
    if problems:
        raise Refused(*problems)
    return details


def _display_name(text: str | None, problems: list[Problem]) -> str | None:
    if not text or not text.strip():
        return None
    path = ("displayName",)
    if len(text) > MOST_CHARACTERS:
        problems.append(
            Problem(ProblemCode.INVALID, f"A name has at most {MOST_CHARACTERS} characters.", path)
        )
    elif any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in text):
        problems.append(
            Problem(ProblemCode.INVALID, "There are control characters in the name; retype it.", path)
        )
    return text.strip()


def _reply_to(text: str | None, problems: list[Problem]) -> str | None:
    if not text:
        return None
    try:
        return validate_email(text, check_deliverability=False).ascii_email
    except EmailNotValidError as exc:
        message = f"This is not an email address: {exc}"
        problems.append(Problem(ProblemCode.INVALID, message, ("replyTo",)))
        return None
