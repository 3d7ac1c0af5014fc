"""The languages that texts are said in: English, and each that has a catalogue in the folder ``locale``."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from letterhead.diagnosis.message import Message, Value, filled, placeholders
from letterhead.errors import ConfigurationError

FOLDER = Path(__file__).parent.parent / "locale"
CATALOGUE = "LC_MESSAGES/letterhead.po"
MOST_CHOSEN = 200
"""Readers' wishes that are remembered: a browser sends the same each time."""


class _Untold(NullTranslations):
    """Empty for what a catalogue does not know: half a translated sentence is worse than an English one."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


@dataclass(frozen=True, kw_only=True)
class Language:
    """``tag``: of BCP 47."""

    tag: str
    translations: NullTranslations


ENGLISH = Language(tag="en", translations=_Untold())


@cache
def load(folder: Path = FOLDER) -> tuple[Language, ...]:
    """English first, then those of ``TAG/LC_MESSAGES/letterhead.po``.

    Raises ConfigurationError for a file that cannot be read, or a translation with a wrong placeholder.
    """
    files = sorted(folder.glob(f"*/{CATALOGUE}"))
    return (ENGLISH, *(_language(file.parent.parent.name.replace("_", "-"), file) for file in files))


def say(text: str, language: Language) -> str:
    """``text`` in ``language``, as far as that knows it. What is no Message stays as it was written."""
    if not isinstance(text, Message):
        return text
    known = language.translations
    count = text.values.get("count")
    if text.plural is not None and isinstance(count, int):
        translation = known.ngettext(text.msgid, text.plural, count)
    else:
        translation = known.gettext(text.msgid)
    if not translation or not placeholders(translation) <= text.values.keys():
        return str(text)
    return filled(translation, {name: _value(value, language) for name, value in text.values.items()})


@lru_cache(maxsize=MOST_CHOSEN)
def choose(accept_language: str, languages: tuple[Language, ...]) -> Language:
    """The reader's dearest of ``languages``, or the first if there is none: RFC 9110 section 12.5.4, looked
    up as RFC 4647 section 3.4 says (``de-AT`` finds ``de``)."""
    by_tag = {language.tag.lower(): language for language in languages}
    for wanted in _ranges(accept_language):
        if wanted == "*":
            return languages[0]
        subtags = wanted.split("-")
        for length in range(len(subtags), 0, -1):
            if found := by_tag.get("-".join(subtags[:length])):
                return found
    return languages[0]


def _ranges(accept_language: str) -> list[str]:
    """Dearest first, in lower case; what is refused (q=0) or cannot be read is left out."""
    weighed = []
    for item in accept_language.split(","):
        tag, _, parameter = item.partition(";")
        quality = _quality(parameter)
        if tag.strip() and quality > 0:
            weighed.append((quality, tag.strip().lower()))
    return [tag for _, tag in sorted(weighed, key=lambda one: -one[0])]


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if not parameter.strip():
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if name.strip().lower() == "q" and 0 <= quality <= 1 else 0.0


def _value(value: Value, language: Language) -> Value:
    if not isinstance(value, Message):
        return value
    said = say(value, language)
    return said if value.values else Message(said)


def _language(tag: str, file: Path) -> Language:
    try:
        with file.open("rb") as lines:
            catalogue = read_po(lines, abort_invalid=True)
        _check(catalogue)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        translations = GNUTranslations(compiled)
    except (PoFileError, ValueError, OSError) as exc:
        raise ConfigurationError(f"{file}: {exc}") from None
    translations.add_fallback(_Untold())
    return Language(tag=tag, translations=translations)


def _check(catalogue: Catalog) -> None:
    for message in catalogue:
        msgids, translations = _each(message.id), _each(message.string)
        allowed = {"count"}.union(*map(placeholders, msgids))
        for translation in translations if any(msgids) else ():
            if not placeholders(translation) <= allowed:
                raise ValueError(f"{translation!r} has placeholders that {msgids[0]!r} has not")


def _each(texts: str | Iterable[str] | None) -> list[str]:
    """The forms of a message that has several, else the one."""
    return [texts] if isinstance(texts, str) else list(texts or ())
