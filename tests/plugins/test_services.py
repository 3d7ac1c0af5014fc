import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from letterhead_plugins import services
from letterhead_providers import CredentialKind, Protocol, Provider, ProviderKind, Security
from letterhead_providers.catalogue import Catalogue, PluginHealth

LONGEST_INSTRUCTION = 200
SECRET = re.compile(r"(?<![\w/.-])(?=\S*\d)(?=\S*[A-Za-z])[A-Za-z0-9+=_]{16,}(?![\w/.-])")
WITHOUT_ACCESS = {"bluehost", "hey", "tuta"}
EVERY = pytest.mark.parametrize("provider", services.SERVICES, ids=lambda provider: provider.key)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def test_all_are_let_in_without_a_note() -> None:
    catalogue = Catalogue()
    status = catalogue.admit("services", services)
    assert (status.health, status.message) == (PluginHealth.OK, None)
    files = sorted(file.stem for file in Path(services.__file__).with_suffix("").glob("*.toml"))
    assert sorted(provider.key for provider in catalogue.providers()) == files


def test_they_are_let_in_beside_all_other_plugins(catalogue: Catalogue) -> None:
    [status] = [status for status in catalogue.plugins() if status.name == "services"]
    assert (status.health, status.message) == (PluginHealth.OK, None)


@EVERY
def test_a_service_says_where_its_facts_are_from_and_when(provider: Provider) -> None:
    assert provider.sources
    assert re.fullmatch(r"20\d\d-\d\d", provider.checked or "")
    assert provider.website


@EVERY
def test_each_preset_is_encrypted_and_the_first_is_recommended(provider: Provider) -> None:
    servers = [server for p in provider.presets for server in (p.smtp, p.incoming) if server]
    assert Security.NONE not in {server.security for server in servers}
    assert [p.recommended for p in provider.presets] == [n == 0 for n in range(len(provider.presets))]
    assert len({p.label for p in provider.presets}) == len(provider.presets)
    assert bool(servers) is (provider.key not in WITHOUT_ACCESS)


@EVERY
def test_pop3_stands_before_imap(provider: Provider) -> None:
    read_by = [preset.incoming.protocol for preset in provider.presets if preset.incoming]
    assert (read_by[:2] == [Protocol.POP3, Protocol.IMAP]) or len(set(read_by)) <= 1


@EVERY
def test_a_relay_takes_a_key_and_keeps_no_mail(provider: Provider) -> None:
    if provider.kind is ProviderKind.RELAY:
        assert {method.kind for method in provider.auth_methods} == {CredentialKind.API_KEY}
        assert {preset.incoming for preset in provider.presets} == {None}


@EVERY
def test_what_people_read_is_short_and_holds_no_secret(provider: Provider) -> None:
    methods, replies = provider.auth_methods, provider.replies
    steps = [step for way in methods for step in way.instructions] + [a for r in replies for a in r.advice]
    assert [step.text for step in steps if len(step.text) > LONGEST_INSTRUCTION] == []
    assert [step.text for step in steps if "://" in step.text] == []
    assert [text for text in texts(provider) if "://" not in text and SECRET.search(text)] == []


@EVERY
def test_links_are_https(provider: Provider) -> None:
    assert [text for text in texts(provider) if "://" in text and not text.startswith("https://")] == []


@EVERY
def test_a_reply_is_recognised_by_few_words(provider: Provider) -> None:
    assert [reply.phrase for reply in provider.replies if len((reply.phrase or "").split()) > 6] == []
