"""The plugins in docs/plugins.md, taken from the page and tried."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from lab.commands import environment
from letterhead_providers import (
    Ask,
    CredentialKind,
    Done,
    Fetch,
    FetchOutcome,
    Finding,
    Grant,
    Limits,
    Lookup,
    LookupOutcome,
    Protocol,
    Renewal,
    ServerReply,
    SignInStart,
    Stage,
    Subject,
    Verdict,
    providers_in,
)
from letterhead_providers.catalogue import Catalogue, PluginHealth
from letterhead_providers.switchboard import Ended

PAGE = (Path(__file__).parents[2] / "docs/plugins.md").read_text()
SMALLEST, WITH_ALL_HOOKS, OF_THE_KIT = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PROJECT, BY_FILE = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
[LISTED] = re.findall(r"^\$ letterhead plugins\n(.*?\n)```$", PAGE, re.MULTILINE)


def test_the_same_plugin_as_a_file_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text(BY_FILE)
    module = ModuleType("letterhead_acme")
    exec(SMALLEST, module.__dict__)
    [by_file] = providers_in(tmp_path)
    assert (by_file.key, by_file.name, by_file.domains) == ("acme", "Acme Mail", ("acme.example",))
    assert [(way.smtp, way.incoming) for way in by_file.presets] == [(module.SMTP, module.POP3)]
    assert [way.kind for way in by_file.auth_methods] == [CredentialKind.PASSWORD]


def test_both_keep_the_rules_of_the_kit(tmp_path: Path) -> None:
    (tmp_path / "letterhead_acme.py").write_text(SMALLEST)
    (tmp_path / "letterhead_harbor.py").write_text(WITH_ALL_HOOKS)
    (tmp_path / "test_acme.py").write_text(OF_THE_KIT)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\npythonpath = .\nletterhead_plugins = letterhead_acme letterhead_harbor\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "letterhead_providers.pytest_plugin"],
        cwd=tmp_path,
        env=environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.fullmatch(r"\d\d passed in .*", ran.stdout.splitlines()[-1]), ran.stdout


@pytest.fixture
def harbor() -> Catalogue:
    module = ModuleType("letterhead_harbor")
    exec(WITH_ALL_HOOKS, module.__dict__)
    catalogue = Catalogue()
    assert catalogue.admit("harbor", module).health is PluginHealth.OK
    return catalogue


def test_the_smallest_plugin_is_found_once_it_is_installed(tmp_path: Path) -> None:
    project, installed = tmp_path / "project", tmp_path / "installed"
    project.mkdir()
    (project / "letterhead_acme.py").write_text(SMALLEST)
    (project / "pyproject.toml").write_text(PROJECT)
    python = [sys.executable, "-m"]
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*python, "pip", "install", *options, "--target", installed, project], check=True)
    listed = subprocess.run(
        [*python, "letterhead", "plugins"],
        env=environment({"LOAD_PLUGINS": "acme"}) | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (listed.stdout, listed.stderr) == (LISTED, "")


async def test_the_plugin_with_all_hooks_finds_its_customers(harbor: Catalogue) -> None:
    ours = await harbor.owner_of("shop.example", ["mx.shop.example.eu.harbor.example"])
    others = await harbor.owner_of("shop.example", ["mx.elsewhere.example"])
    assert (ours, others) == (harbor.provider("harbor"), None)


async def test_the_plugin_with_all_hooks_signs_in(harbor: Catalogue) -> None:
    flow = await harbor.sign_in(start(harbor))
    asked = await harbor.step("harbor", flow, None)
    ended = await harbor.step("harbor", flow, {"key": "abcd1234"})
    assert isinstance(asked, Ask)
    assert ended == Ended(Done(kind=CredentialKind.API_KEY, secret="abcd1234"))
    assert await harbor.normalize(start(harbor).provider, start(harbor).method, " abcd-1234\n") == "abcd1234"


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        (FetchOutcome(status=200, body="new"), {"kind": CredentialKind.OAUTH2}),
        (FetchOutcome(status=0, error="timed out"), {"retryable": True}),
    ],
)
async def test_the_plugin_with_all_hooks_renews(
    harbor: Catalogue, answer: FetchOutcome, ended: dict[str, object]
) -> None:
    flow = await harbor.refresh(renewal(harbor))
    asked = await harbor.step("harbor", flow, None)
    came = await harbor.step("harbor", flow, answer)
    assert asked == Fetch(method="POST", url="https://api.harbor.example/renew", body="old")
    assert {name: getattr(came.value, name) for name in ended} == ended


@pytest.mark.parametrize(
    ("record", "verdict"), [("v=spf1 include:harbor.example -all", Verdict.PASSED), ("", Verdict.WARNED)]
)
async def test_the_plugin_with_all_hooks_checks(harbor: Catalogue, record: str, verdict: Verdict) -> None:
    checks = await harbor.checks(subject(harbor))
    asked = await harbor.step("harbor", checks, None)
    found = await harbor.step("harbor", checks, LookupOutcome(records=(record,)))
    assert asked == Lookup(name="shop.example", kind="TXT")
    assert found == Finding(title="The SPF record of shop.example allows Harbor Mail", verdict=verdict)


async def test_the_plugin_with_all_hooks_explains_and_limits(harbor: Catalogue) -> None:
    reply = ServerReply(code=421, text="all berths are taken")
    explained = await harbor.explain("harbor", Protocol.SMTP, Stage.CONNECT, reply)
    limits = await harbor.limits(start(harbor).provider, "dana@free.harbor.example")
    assert explained is not None
    assert (explained.title, explained.explained_by, explained.reply) == (
        "All berths are taken",
        "harbor",
        reply,
    )
    assert limits == Limits(messages_per_day=100)


def start(harbor: Catalogue) -> SignInStart:
    [provider] = harbor.providers()
    return SignInStart(
        provider=provider,
        method=provider.auth_methods[0],
        address="dana@shop.example",
        smtp=provider.presets[0].smtp,
        incoming=None,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        state="",
        nonce="",
        verifier="",
    )


def renewal(harbor: Catalogue) -> Renewal:
    return Renewal(
        provider=start(harbor).provider,
        method=start(harbor).method,
        grant=Grant(access_token="", refresh_token="old"),
        now=start(harbor).now,
    )


def subject(harbor: Catalogue) -> Subject:
    [provider] = harbor.providers()
    return Subject(
        provider=provider,
        address="dana@shop.example",
        aliases=(),
        smtp=provider.presets[0].smtp,
        incoming=None,
        kind=CredentialKind.API_KEY,
    )
