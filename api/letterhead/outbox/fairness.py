"""Whose turn it is: pure, so that nobody's starving can be tested."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Due:
    """An account with messages that are due. ``account_id``, ``company_id``: None when it was deleted.

    ``waiting``: how many there are, as far as anybody looked.
    """

    account_id: UUID | None
    company_id: UUID | None
    host: str
    waiting: int


@dataclass(frozen=True, kw_only=True)
class Places:
    """How many connections there may be at once: in all, to an account, and to a host.

    ``batch``: as many messages of an account make a further connection worth it.
    """

    all: int
    account: int
    host: int
    batch: int


def whose_turn(due: Sequence[Due], busy: Collection[Due], places: Places) -> list[Due]:
    """Whom to serve next, besides the ``busy`` ones; an account may be named more than once.

    Companies share alike, whatever the number of their accounts; within one the account with the fewest
    connections comes first, then the one that has waited longest.
    """
    of_account = Counter(one.account_id for one in busy)
    of_company = Counter(one.company_id for one in busy)
    of_host = Counter(one.host for one in busy if one.host)
    chosen: list[Due] = []
    while len(busy) + len(chosen) < places.all:
        fitting = [
            one
            for one in due
            if of_account[one.account_id] < _wanted(one, places)
            and (not one.host or of_host[one.host] < places.host)
        ]
        if not fitting:
            break
        one = min(fitting, key=lambda one: (of_company[one.company_id], of_account[one.account_id]))
        chosen.append(one)
        of_account[one.account_id] += 1
        of_company[one.company_id] += 1
        of_host[one.host] += 1
    return chosen


def _wanted(one: Due, places: Places) -> int:
    return min(places.account, -(-one.waiting // places.batch))
