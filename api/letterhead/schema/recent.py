"""What was used lately, within bounds of number and size."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Forgets what was not asked for the longest."""

    def __init__(self, *, most: int, most_characters: int) -> None:
        self._most = most
        self._most_characters = most_characters
        self._characters = 0
        self._kept: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> V | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, value: V, *, characters: int) -> None:
        """``characters``: what it weighs. What is heavier than all that may be kept is not."""
        if characters > self._most_characters:
            return
        self._characters += characters - self._kept.pop(key, (value, 0))[1]
        self._kept[key] = (value, characters)
        while len(self._kept) > self._most or self._characters > self._most_characters:
            self._characters -= self._kept.popitem(last=False)[1][1]
