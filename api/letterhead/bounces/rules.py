"""Which mail is worth reading, whom a report is about, and when to look again: pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from letterhead.bounces.addresses import key_of
from letterhead.bounces.report import Action, Bounced
from letterhead.outbox.rules import DeliveryStatus

K = TypeVar("K")

CAN_BOUNCE = frozenset({DeliveryStatus.ACCEPTED, DeliveryStatus.UNCERTAIN})
"""Only what a server took, or may have taken, can come back."""

FIRST_REST = 300
LONGEST_REST = 6 * 3600
_ENVELOPE_ID = re.compile(r"\s*<?([0-9a-f]{32})>?\s*", re.IGNORECASE)
_OF_MACHINES = re.compile(
    r"^(?:return-path:[ \t]*<?[ \t]*>?[ \t]*$|auto-submitted:[ \t]*auto-|x-failed-recipients:"
    r"|content-type:[ \t]*multipart/report"
    r"|from:.*(?:daemon|postmaster|mail[ ._-]{0,3}deliver|bounce|delivery|microsoft|system|administrator)"
    r"|subject:.*(?:deliver|fail|return|bounce|delay|warning|error|nicht zu|non remis|unzustell|=\?))",
    re.IGNORECASE | re.MULTILINE,
)


def may_be_a_bounce(head: bytes) -> bool:
    """Whether the header is such that the rest is worth reading: generous, for ``recognise`` decides."""
    text = head[:65536].decode("latin-1").replace("\r\n", "\n")
    return _OF_MACHINES.search(re.sub(r"\n[ \t]+", " ", text.split("\n\n", 1)[0])) is not None


def message_named(envelope_id: str | None) -> UUID | None:
    """The message whose id was given as ENVID, as hexadecimal."""
    found = _ENVELOPE_ID.fullmatch(envelope_id or "")
    return UUID(hex=found[1]) if found else None


def whom(bounced: Sequence[Bounced], recipients: Mapping[K, str]) -> dict[K, tuple[Bounced, bool]]:
    """By recipient what is said of it, and whether of its very address.

    ``recipients``: addresses of one message. Where a message had one recipient only and somebody else is
    named, it was forwarded: it did come back, but the address that is bad is another.
    """
    failed = [one for one in bounced if one.action is Action.FAILED]
    found: dict[K, tuple[Bounced, bool]] = {}
    for key, address in recipients.items():
        for one in failed:
            if key_of(address) in map(key_of, one.addresses):
                found.setdefault(key, (one, True))
    if not found and failed and len(recipients) == 1:
        return dict.fromkeys(recipients, (failed[0], False))
    return found


def only(found: Iterable[K]) -> K | None:
    """The one that it can be, or nobody."""
    each = set(found)
    return each.pop() if len(each) == 1 else None


def rest_after(failures: int) -> int:
    """Seconds until a mailbox that could not be read is tried again. ``failures``: in a row, at least one."""
    return int(min(FIRST_REST * 2 ** min(failures - 1, 20), LONGEST_REST))
