"""The small fields people fill in, checked."""

from enum import Enum
from typing import Final, Literal

from letterhead.accounts.drafts import parse_address, parse_display_name
from letterhead.errors import Problem, Refused


class _Keep(Enum):
    KEEP = "KEEP"


KEEP: Final = _Keep.KEEP
"""The value of a field that was left out: keep what is there. None clears it."""

Kept = Literal[_Keep.KEEP]
Change = str | None | Kept


def checked_details(display_name: Change, reply_to: Change) -> dict[str, str | None]:
    """The columns to write, without those to keep. Raises Refused with every problem."""
    problems: list[Problem] = []
    details: dict[str, str | None] = {}
    if display_name is not KEEP:
        details["display_name"] = parse_display_name(display_name, ("displayName",), problems)
    if reply_to is not KEEP:
        cleared = reply_to is None or not reply_to.strip()
        details["reply_to"] = None if cleared else parse_address(reply_to or "", ("replyTo",), problems)
    if problems:
        raise Refused(*problems)
    return details
