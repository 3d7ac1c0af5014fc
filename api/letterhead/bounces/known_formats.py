"""What flufl.bounce knows: the formats that mailing lists have met in two decades."""

from email import message_from_bytes
from email.message import Message

import structlog

from letterhead.bounces.addresses import tidied
from letterhead.bounces.letter import Letter
from letterhead.bounces.report import Action, Bounced
from letterhead.bounces.told import MOST_RECIPIENTS, reason_for

MOST_OCTETS = 32 * 1024
LONGEST_LINE = 200
MOST_LINES = 1000
"""Its patterns take time with the square of a line's length."""

log = structlog.get_logger(__name__)


def recipients(raw: bytes, letter: Letter) -> list[Bounced]:
    from flufl.bounce import all_failures  # noqa: PLC0415 - a module for each format, for mail that came back

    try:
        temporary, permanent = all_failures(_message(raw))
    except Exception as exc:  # noqa: BLE001 - it was not written for mail that wants to break it
        log.info("a message was too much for flufl.bounce", error=type(exc).__name__)
        return []
    actions = dict.fromkeys(temporary, Action.DELAYED) | dict.fromkeys(permanent, Action.FAILED)
    lines = letter.text.split("\n")[:MOST_LINES]
    found = ((tidied(one.decode("utf-8", "replace")), action) for one, action in sorted(actions.items()))
    return [
        Bounced(address=address, action=action, diagnostic=reason_for(address, lines))
        for address, action in found
        if address
    ][:MOST_RECIPIENTS]


def _message(raw: bytes) -> Message:
    lines = raw[:MOST_OCTETS].splitlines()[:MOST_LINES]
    return message_from_bytes(b"\n".join(line[:LONGEST_LINE] for line in lines))
