from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from hypothesis import given
from hypothesis import strategies as st

from letterhead.diagnosis.gather import bring_up_to_date, gathered
from letterhead.diagnosis.languages import CATALOGUE, ENGLISH, FOLDER, Language, choose, load, say
from letterhead.diagnosis.message import placeholders, told, told_of
from letterhead.diagnosis.texts import describe
from letterhead.errors import ConfigurationError
from letterhead_providers import DiagnosisCode

SHIPPED = [language.tag for language in load() if language is not ENGLISH]
OFFERED = tuple(Language(tag=tag, translations=ENGLISH.translations) for tag in ("en", "de", "pt-BR", "zh"))


def written(folder: Path, tag: str, texts: Mapping[str | tuple[str, str], str | tuple[str, str]]) -> Path:
    catalogue = Catalog(locale=tag, fuzzy=False)
    for msgid, text in texts.items():
        catalogue.add(msgid, text)
    file = folder / tag / CATALOGUE
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_po(out, catalogue)
    return folder


def each(texts: str | Iterable[str]) -> list[str]:
    """The forms of a message that has several, else the one."""
    return [texts] if isinstance(texts, str) else list(texts)


def test_german_is_among_the_languages() -> None:
    assert [ENGLISH.tag, *SHIPPED][:2] == ["en", "de"]


@pytest.mark.parametrize("tag", SHIPPED)
def test_a_shipped_language_knows_every_text_and_no_other(tag: str) -> None:
    with (FOLDER / tag / CATALOGUE).open("rb") as lines:
        catalogue = [message for message in read_po(lines, abort_invalid=True) if message.id]

    assert {message.id for message in catalogue} == {msgid for msgid, _ in gathered()}
    for message in catalogue:
        pairs = list(zip(each(message.id), each(message.string), strict=True))
        assert not message.fuzzy, message.id
        assert all(text and placeholders(text) == placeholders(msgid) for msgid, text in pairs), pairs


@pytest.mark.parametrize("tag", SHIPPED)
def test_a_shipped_catalogue_is_as_gathering_leaves_it(tag: str, tmp_path: Path) -> None:
    shipped = (FOLDER / tag / CATALOGUE).read_bytes()
    (tmp_path / tag / CATALOGUE).parent.mkdir(parents=True)
    (tmp_path / tag / CATALOGUE).write_bytes(shipped)

    assert bring_up_to_date(tmp_path, tag).read_bytes() == shipped


def test_a_new_language_begins_with_every_text_untranslated(tmp_path: Path) -> None:
    bring_up_to_date(tmp_path, "fr")

    [_, french] = load(tmp_path)
    assert french.tag == "fr"
    assert say(told("Try again later."), french) == "Try again later."


def test_a_language_is_added_by_its_file(tmp_path: Path) -> None:
    texts = {
        "{host} was silent.": "{host} s’est tu.",
        "the mail server": "le serveur de messagerie",
        ("one letter", "{count} letters"): ("une lettre", "{count} lettres"),
    }
    [_, french] = load(written(tmp_path, "fr", texts))

    assert say(told("{host} was silent.", host=told("the mail server")), french) == (
        "Le serveur de messagerie s’est tu."
    )
    assert [say(told_of(n, "one letter", "{count} letters"), french) for n in (1, 3)] == [
        "une lettre",
        "3 lettres",
    ]


def test_a_tag_is_written_with_either_dash(tmp_path: Path) -> None:
    assert [language.tag for language in load(written(tmp_path, "pt_BR", {}))] == ["en", "pt-BR"]


def test_what_is_not_translated_is_said_in_english_as_a_whole(tmp_path: Path) -> None:
    [_, french] = load(written(tmp_path, "fr", {"the mail server": "le serveur de messagerie"}))

    assert say(told("{host} hung up.", host=told("the mail server")), french) == "The mail server hung up."
    assert say("A plugin's own words", french) == "A plugin's own words"


def test_a_translation_with_a_strange_placeholder_stops_the_start(tmp_path: Path) -> None:
    folder = written(tmp_path, "fr", {"{host} hung up.": "{hôte} a raccroché."})

    with pytest.raises(ConfigurationError, match=r"letterhead\.po: .* has placeholders"):
        load(folder)


def test_a_diagnosis_in_german_is_a_sentence_with_and_without_a_host() -> None:
    [_, german, *_] = load()
    known = describe(DiagnosisCode.TLS_CERTIFICATE, explained_by="test", host="mx.example", detail="expired")
    unknown = describe(DiagnosisCode.TIMEOUT, explained_by="test")

    assert say(known.title, german) == "Dem Zertifikat des Servers ist nicht zu trauen"
    assert say(known.explanation, german) == (
        "mx.example konnte nicht beweisen, dass er der Server ist, für den er sich ausgibt, deshalb wurde "
        "ihm nichts gesendet. Die Prüfung ergab: expired."
    )
    assert say(unknown.explanation, german) == "Der Mailserver hat zu lange geschwiegen."


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("de-Latn-AT-1996, en;q=0.9", "de"),
        ("fr", "en"),
        ("fr, de;q=0.3", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("de;q=0.4, en;q=0.5", "en"),
        ("de;q=0.5, pt-br;q=0.7", "pt-BR"),
        ("pt", "en"),
        ("zh-Hant-TW", "zh"),
        ("*", "en"),
        ("*, de;q=0.9", "en"),
        ("fr, *;q=0.1, de;q=0.5", "de"),
        ("de;q=0, zh;q=0.1", "zh"),
        ("de; q = 0.9 , zh ;Q=0.8", "de"),
        ("de;q=high, zh;q=0.1", "zh"),
        ("de;q=2, zh;q=nan, en;x=1", "en"),
        (",;, ;q=1,,de", "de"),
    ],
)
def test_the_reader_s_dearest_language_is_chosen(header: str, tag: str) -> None:
    assert choose(header, OFFERED).tag == tag


@given(header=st.text(st.characters(max_codepoint=255)))
def test_any_header_is_answered(header: str) -> None:
    assert choose(header, OFFERED) in OFFERED
