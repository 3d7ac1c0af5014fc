"""What the code offers is what the documentation says."""

import re

import pytest

from architecture.code import ROOT
from letterhead import docs
from letterhead_providers.catalogue import load

DOCS = ROOT / "docs"
WRITTEN = [
    *ROOT.glob("*.md"),
    *ROOT.glob("providers/*.md"),
    *ROOT.glob("benchmarks/*.md"),
    *DOCS.rglob("*.md"),
]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
PAGES = docs.pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name], "run make docs"


def test_every_hook_has_an_example() -> None:
    examples = (DOCS / "plugins.md").read_text()
    assert [hook.name for hook in docs.hooks() if f"@hookimpl\ndef {hook.name}(" not in examples] == []


def test_every_service_with_oauth2_is_said_how_to_register_at() -> None:
    page = (DOCS / "oauth2.md").read_text()
    services = [
        (provider.key, way.oauth2.scopes)
        for provider in load().providers()
        for way in provider.auth_methods
        if way.oauth2
    ]
    assert services
    missing = [
        (key, scope) for key, scopes in services for scope in (key, *scopes) if f"`{scope}`" not in page
    ]
    assert missing == []


def test_links_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in WRITTEN
        for link in LINK.findall(page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []
