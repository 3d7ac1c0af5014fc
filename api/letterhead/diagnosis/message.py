"""Texts for people that remember how they were made, so that they can be said in another language.

Written in English, shown in the reader's language: what is stored or handed on is a ``Message``, and only
where it is shown does ``languages.say`` translate it.
"""

from collections.abc import Mapping
from functools import lru_cache
from string import Formatter
from types import MappingProxyType
from typing import Any, Self

Value = str | int
NOTHING: Mapping[str, Value] = MappingProxyType({})


class Message(str):
    """English words, and what they were made of. A ``str`` like any other, so that it stands where the text
    of a plugin could stand.

    ``msgid``: the English text with its placeholders, by which catalogues know it. ``plural``: the same for
    several things, counted by ``values["count"]``. ``values``: for the placeholders; messages may be among
    them.
    """

    __slots__ = ("msgid", "plural", "values")
    msgid: str
    plural: str | None
    values: Mapping[str, Value]

    def __new__(
        cls,
        text: str,
        msgid: str | None = None,
        values: Mapping[str, Value] = NOTHING,
        plural: str | None = None,
    ) -> Self:
        message = super().__new__(cls, text)
        message.msgid = text if msgid is None else msgid
        message.plural = plural
        message.values = values
        return message

    def __reduce__(self) -> tuple[Any, ...]:
        """For copies: those of a str would know its text alone."""
        return type(self), (str(self), self.msgid, dict(self.values), self.plural)


def told(msgid: str, /, **values: Value) -> Message:
    """A message. ``values`` that ``msgid`` has no placeholder for are left out."""
    used = {name: values[name] for name in placeholders(msgid)}
    return Message(filled(msgid, used), msgid, used)


def told_of(count: int, one: str, several: str, /, **values: Value) -> Message:
    """A message about ``count`` things; ``one`` and ``several`` may hold ``{count}``."""
    values["count"] = count
    return Message(filled(one if count == 1 else several, values), one, values, several)


def template(msgid: str, /) -> str:
    """Marks what is told later, with its values, so that it is gathered for the catalogues too."""
    return msgid


def filled(text: str, values: Mapping[str, Value]) -> str:
    """Words of our own, such as "the mail server", get a capital where they begin the sentence."""
    first = values.get(text.partition("}")[0].removeprefix("{")) if text.startswith("{") else None
    sentence = text.format_map(values)
    if isinstance(first, Message) and not first.values:
        return sentence[:1].upper() + sentence[1:]
    return sentence


@lru_cache(maxsize=1000)
def placeholders(text: str) -> frozenset[str]:
    """Raises ValueError for braces that do not fit together."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
