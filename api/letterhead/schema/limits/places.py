"""How many of something there may be at once in this process: for one caller, and in all."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from letterhead.errors import TooOften

WORTH_A_TRY = 5.0


class Places:
    """``of``: what they are places of, in the plural."""

    def __init__(self, of: str, *, each: int, all_together: int) -> None:
        self._of = of
        self._each = each
        self._all = all_together
        self._taken: Counter[Hashable] = Counter()

    def __len__(self) -> int:
        return self._taken.total()

    @contextmanager
    def one(self, caller: Hashable) -> Iterator[None]:
        """Raises TooOften."""
        if self._taken[caller] >= self._each:
            raise TooOften(f"You have {self._each} {self._of} already.", seconds=WORTH_A_TRY)
        if len(self) >= self._all:
            raise TooOften(f"This server has {self._all} {self._of} already.", seconds=WORTH_A_TRY)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
