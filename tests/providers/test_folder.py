from pathlib import Path

import pytest

from letterhead_providers.catalogue import Catalogue, PluginHealth, PluginStatus, load
from providers.made import a_plugin, a_provider

FILE = 'name = "Acme of our own"\ndomains = [{domains}]\nmx = [{mx}]\nsmtp = "smtp.acme.example:465 tls"\n'


@pytest.fixture
def catalogue() -> Catalogue:
    catalogue = Catalogue()
    first = a_provider(domains=("acme.example", "acme.test"), mx=("mx.acme.example",), popularity=90)
    catalogue.admit("first", a_plugin(first))
    return catalogue


def write(folder: Path, name: str, *, domains: str = "", mx: str = "") -> None:
    (folder / name).write_text(FILE.format(domains=domains, mx=mx))


def notes(catalogue: Catalogue) -> dict[str, tuple[PluginHealth, str | None]]:
    return {status.name: (status.health, status.message) for status in catalogue.plugins()}


async def owner(catalogue: Catalogue, domain: str, *mx: str) -> str | None:
    provider = await catalogue.owner_of(domain, mx)
    return provider and provider.key


async def test_a_file_of_the_operator_s_is_a_plugin(tmp_path: Path) -> None:
    write(tmp_path, "own.toml", domains='"own.example"')
    catalogue = load(["custom"], folder=tmp_path)
    assert catalogue.plugin_of("own") == PluginStatus(name="own.toml", distribution=str(tmp_path), contract=1)
    assert await owner(catalogue, "own.example") == "own"


async def test_it_stands_in_for_a_provider_of_the_same_key(catalogue: Catalogue, tmp_path: Path) -> None:
    write(tmp_path, "acme.toml", domains='"acme.example"')
    catalogue.admit_folder(tmp_path)
    assert notes(catalogue) == {
        "first": (PluginHealth.OK, None),
        "acme.toml": (PluginHealth.OK, "'acme' stands in for that of plugin 'first'"),
    }
    assert [provider.name for provider in catalogue.providers()] == ["Acme of our own"]
    assert await owner(catalogue, "acme.example") == "acme"
    assert await owner(catalogue, "acme.test") is None


async def test_it_takes_the_domains_and_exchangers_it_names(catalogue: Catalogue, tmp_path: Path) -> None:
    write(tmp_path, "own.toml", domains='"acme.test"', mx='"mx.acme.example"')
    catalogue.admit_folder(tmp_path)
    assert notes(catalogue)["own.toml"] == (PluginHealth.OK, "acme.test is taken from 'acme'")
    assert [await owner(catalogue, domain) for domain in ("acme.test", "acme.example")] == ["own", "acme"]
    assert await owner(catalogue, "shop.example", "mx.acme.example") == "own"


async def test_but_not_from_its_neighbour(catalogue: Catalogue, tmp_path: Path) -> None:
    write(tmp_path, "a.toml", domains='"own.example"')
    write(tmp_path, "b.toml", domains='"own.example"')
    (tmp_path / "c.toml").write_text('key = "a"\nname = "Another"')
    catalogue.admit_folder(tmp_path)
    assert notes(catalogue) == {
        "first": (PluginHealth.OK, None),
        "a.toml": (PluginHealth.OK, None),
        "b.toml": (PluginHealth.OK, "own.example stays with 'a', which came first"),
        "c.toml": (PluginHealth.REJECTED, "provider 'a' is there already, from plugin 'a.toml'"),
    }


def test_a_bad_file_is_kept_out_alone(catalogue: Catalogue, tmp_path: Path) -> None:
    write(tmp_path, "good.toml")
    (tmp_path / "bad.toml").write_text('nmae = "Acme"')
    catalogue.admit_folder(tmp_path)
    assert notes(catalogue) == {
        "first": (PluginHealth.OK, None),
        "good.toml": (PluginHealth.OK, None),
        "bad.toml": (PluginHealth.REJECTED, "bad.toml: nmae: there is no such key; did you mean name?"),
    }
    assert catalogue.provider("bad") is None


def test_a_folder_that_is_not_there_is_reported(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.admit_folder(tmp_path / "gone")
    assert notes(catalogue)["folder of providers"] == (PluginHealth.REJECTED, "there is no such folder")
