"""Who shows one wrong token after the other is not looked up any more for a while."""

import hashlib
from collections import OrderedDict
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from letterhead.errors import TooOften
from letterhead.pace import Pace, Rate

WRONG = Rate(most=30, seconds=60)
MOST_REMEMBERED = 10_000
OF_A_SUBSCRIBER = 64
"""Whoever has an IPv6 address has a whole network of this many bits."""


class Knocks:
    """Tokens that were right a moment ago pass in any case: a whole office may share one address."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._right: OrderedDict[bytes, None] = OrderedDict()

    def check(self, authorization: str, address: str) -> None:
        """Raises TooOften."""
        wait = self._pace.seconds_until(network(address), WRONG)
        if wait and _digest(authorization) not in self._right:
            raise TooOften("Too many wrong tokens came from your address.", seconds=wait)

    def note(self, authorization: str, address: str, *, right: bool) -> None:
        digest = _digest(authorization)
        if not right:
            self._right.pop(digest, None)
            self._pace.note(network(address), WRONG)
            return
        self._right[digest] = None
        self._right.move_to_end(digest)
        while len(self._right) > MOST_REMEMBERED:
            self._right.popitem(last=False)


@lru_cache(maxsize=MOST_REMEMBERED)
def network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(int(parsed) >> OF_A_SUBSCRIBER)
    return address


def _digest(authorization: str) -> bytes:
    return hashlib.sha256(authorization.encode(errors="surrogateescape")).digest()
