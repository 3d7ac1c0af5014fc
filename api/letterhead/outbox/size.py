"""How large a message may be, and to how many, by all that is known before a server is asked."""

import re
from uuid import UUID

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.store.database import Row, as_json, select
from letterhead_providers import Limits

LARGEST_MESSAGE = 50_000_000
"""As it is sent. What a mail service takes is mostly less."""

TOLD_BY_SERVER = re.compile(r"\bSIZE (\d{1,15})\b", re.IGNORECASE)


def encoded(octets: int) -> int:
    """Of a file in base64, in lines of 76 and their ends."""
    return (octets + 2) // 3 * 4 * 78 // 76 + 2


async def largest(house: House, account: Row) -> int:
    """Octets that a message of the account may have. ``account``: its provider_key, address and test_id."""
    limits = await _limits(house, account)
    known = [LARGEST_MESSAGE, limits.bytes_per_message if limits else None]
    known.append(await _told_by_server(account["test_id"]) if account["test_id"] else None)
    return min(one for one in known if one)


async def check_recipients(house: House, account: Row, count: int) -> None:
    """Raises Refused (TOO_MANY_RECIPIENTS) for more than the mail service takes in one message."""
    limits = await _limits(house, account)
    most = limits.recipients_per_message if limits else None
    if most is not None and count > most:
        message = (
            f"There are {count} recipients, and the mail service of {account['address']} takes {most} in one "
            "message. Send several messages, or choose another address."
        )
        raise Refused(Problem(ProblemCode.TOO_MANY_RECIPIENTS, message, ("to",)))


async def _limits(house: House, account: Row) -> Limits | None:
    provider = house.catalogue.provider(account["provider_key"])
    return await house.catalogue.limits(provider, account["address"]) if provider else None


async def _told_by_server(test_id: UUID) -> int | None:
    """The SIZE of its EHLO (RFC 1870), as the account's test saw it. None, or 0: it has no fixed limit."""
    rows = await select("SELECT steps FROM account_test WHERE id = $1", test_id)
    for step in as_json(rows[0]["steps"]) if rows else ():
        if step.get("stage") == "CAPABILITIES" and step.get("leg") == "SMTP":
            told = TOLD_BY_SERVER.search(step.get("evidence") or "")
            return int(told[1]) if told else None
    return None


def check(octets: int, most: int, *path: str) -> None:
    """Raises Refused (TOO_LARGE)."""
    if octets > most:
        message = (
            f"The message has {_in_words(octets)} as it is sent, with its attachments; from this address "
            f"it may have {_in_words(most)}. Send less, or a link to it."
        )
        raise Refused(Problem(ProblemCode.TOO_LARGE, message, path))


def _in_words(octets: int) -> str:
    return f"{octets / 1_000_000:,.1f} MB"
