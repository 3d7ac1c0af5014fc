import time
from dataclasses import replace
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

from letterhead_providers import (
    DiagnosisCode,
    KnownReply,
    Limits,
    Preset,
    Protocol,
    SecretFormat,
    Security,
    hookimpl,
)
from letterhead_providers.catalogue import Catalogue, PluginHealth, PluginStatus, load
from providers.made import PASSWORD, POP3, SMTP, a_plugin, a_provider


async def an_async_match(provider: object) -> bool:
    return True


def a_generator_of_checks(subject: object) -> Any:
    yield subject


def a_raising_hook() -> Any:
    raise RuntimeError("hunter2")


def an_exiting_hook() -> Any:
    raise SystemExit


def an_endless_hook() -> Any:
    time.sleep(30)


def with_wrapper() -> ModuleType:
    module = a_plugin()
    module.__dict__["checks"] = hookimpl(wrapper=True)(lambda subject: (yield))
    return module


def with_preset(**changes: Any) -> ModuleType:
    return a_plugin(a_provider(presets=(Preset(**{"label": "p", "smtp": SMTP, "incoming": POP3} | changes),)))


def with_pattern(pattern: str) -> ModuleType:
    form = SecretFormat(pattern=pattern, description="x")
    return a_plugin(a_provider(auth_methods=(replace(PASSWORD, secret_format=form),)))


def with_reply(**conditions: Any) -> ModuleType:
    reply = KnownReply(diagnosis=DiagnosisCode.UNKNOWN, title="t", explanation="e", **conditions)
    return a_plugin(a_provider(replies=(reply,)))


BAD = {
    "not a module": (object(), "not a module"),
    "no contract": (a_plugin(CONTRACT=None), "write CONTRACT = 1"),
    "boolean contract": (a_plugin(CONTRACT=True), "write CONTRACT = 1"),
    "next contract": (a_plugin(CONTRACT=2), "written for contract 2"),
    "unknown hook": (a_plugin(explian=lambda reply: None), "no hook explian"),
    "unknown argument": (a_plugin(limits=lambda colour: None), "colour"),
    "async hook": (a_plugin(match=an_async_match), "match is async"),
    "generator function": (a_plugin(checks=a_generator_of_checks), "cannot decline"),
    "wrapper": (with_wrapper(), "checks is a wrapper"),
    "no providers hook": (a_plugin(providers=None), "implement the hook providers"),
    "no providers": (a_plugin(providers=lambda: ()), "providers is empty"),
    "raises": (a_plugin(providers=a_raising_hook), "RuntimeError at test_admission.py"),
    "hangs": (a_plugin(providers=an_endless_hook), "no answer within 1 s"),
    "exits": (a_plugin(providers=an_exiting_hook), "SystemExit"),
    "answers a string": (a_plugin(providers=lambda: "acme"), "providers is a str"),
    "answers strings": (a_plugin(providers=lambda: ["acme"]), "providers[0] is a str"),
    "number as text": (with_preset(smtp=replace(SMTP, port="465")), "smtp.port is a str, not an int"),
    "surrogate": (a_plugin(a_provider(name="\ud800")), "surrogate"),
    "key": (a_plugin(a_provider(key="Acme Mail")), "lower-case letters"),
    "name": (a_plugin(a_provider(name=" ")), "name is empty"),
    "same key twice": (a_plugin(a_provider(), a_provider(domains=())), "there twice"),
    "unicode domain": (a_plugin(a_provider(domains=("bücher.example",))), "A-labels"),
    "upper-case domain": (a_plugin(a_provider(mx=("MX.example",))), "A-labels"),
    "plain http": (a_plugin(a_provider(website="http://acme.example")), "not an https URL"),
    "smtp speaks imap": (with_preset(smtp=replace(SMTP, protocol=Protocol.IMAP)), "has to speak SMTP"),
    "incoming speaks smtp": (with_preset(incoming=SMTP), "POP3 or IMAP"),
    "port": (with_preset(incoming=replace(POP3, port=0)), "port 0"),
    "in the clear": (with_preset(smtp=replace(SMTP, security=Security.NONE)), "without encryption"),
    "host": (with_preset(smtp=replace(SMTP, host="smtp acme")), "not a host name"),
    "login": (with_preset(smtp=replace(SMTP, username="{addr}")), "may hold {address}"),
    "broken login": (with_preset(smtp=replace(SMTP, username="}")), "may hold {address}"),
    "no way in": (a_plugin(a_provider(auth_methods=())), "no way in"),
    "ways in alike": (a_plugin(a_provider(auth_methods=(PASSWORD, PASSWORD))), "two ways in"),
    "broken pattern": (with_pattern("[a-z"), "does not compile"),
    "exponential pattern": (with_pattern("(a+)+b"), "too many ways"),
    "look-ahead": (with_pattern("(?=a)a"), "look-around"),
    "limit": (a_plugin(a_provider(limits=Limits(messages_per_day=0))), "below 1"),
    "reply to anything": (with_reply(phrase=" "), "recognise anything"),
    "reply code": (with_reply(code=99), "not a reply code"),
    "enhanced": (with_reply(enhanced="5.7"), "enhanced status"),
}


@pytest.mark.parametrize(("module", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_plugin_is_kept_out_with_its_reason(module: Any, reason: str) -> None:
    catalogue = Catalogue()
    status = catalogue.admit("bad", module, distribution="letterhead-bad", version="1.2")
    assert (status.health, catalogue.providers()) == (PluginHealth.REJECTED, ())
    assert reason in str(status.message)
    assert "hunter2" not in str(status.message)
    assert catalogue.plugins() == (status,)
    assert catalogue.admit("good", a_plugin()).health is PluginHealth.OK


def test_a_key_stays_with_the_plugin_that_came_first() -> None:
    catalogue = Catalogue()
    catalogue.admit("first", a_plugin())
    status = catalogue.admit("second", a_plugin(a_provider(name="Another")))
    assert status.message == "provider 'acme' is there already, from plugin 'first'"
    assert [provider.name for provider in catalogue.providers()] == ["Acme Mail"]


async def test_a_domain_stays_with_the_plugin_that_came_first() -> None:
    catalogue = Catalogue()
    catalogue.admit("first", a_plugin())
    status = catalogue.admit(
        "second", a_plugin(a_provider(key="other", domains=("acme.example", "other.example")))
    )
    assert (status.health, status.message) == (
        PluginHealth.OK,
        "acme.example stays with 'acme', which came first",
    )
    owners = [await catalogue.owner_of(domain) for domain in ("acme.example", "other.example")]
    assert [owner and owner.key for owner in owners] == ["acme", "other"]
    assert catalogue.provider("other").domains == ("other.example",)


def test_a_name_is_given_once_and_a_refused_plugin_may_come_again() -> None:
    catalogue = Catalogue()
    assert catalogue.admit("acme", a_plugin(a_provider(name=""))).health is PluginHealth.REJECTED
    assert catalogue.admit("acme", a_plugin()).health is PluginHealth.OK
    again = catalogue.admit("acme", a_plugin(a_provider(key="other")))
    assert again.message == "there is a plugin named 'acme' already"


def test_what_cannot_be_imported_is_kept_with_the_reason() -> None:
    catalogue = Catalogue()
    entry = EntryPoint(name="gone", value="letterhead_plugins.no_such", group="letterhead")
    assert catalogue.admit_entry_point(entry) == PluginStatus(
        name="gone",
        version="",
        distribution="",
        contract=0,
        bundled=False,
        health=PluginHealth.REJECTED,
        message="it cannot be imported: ModuleNotFoundError: No module named 'letterhead_plugins.no_such'",
    )


def test_the_bundled_plugins_are_found_by_their_entry_points() -> None:
    catalogue = load(["custom", "google", "no-such"])
    found = {
        status.name: (status.health, status.bundled, status.distribution) for status in catalogue.plugins()
    }
    assert found == {
        "custom": (PluginHealth.OK, True, "letterhead"),
        "google": (PluginHealth.OK, True, "letterhead"),
        "no-such": (PluginHealth.REJECTED, False, ""),
    }
    assert [provider.key for provider in catalogue.providers()] == ["gmail", "google-workspace", "custom"]
    plugin = catalogue.plugin_of("gmail")
    assert plugin is not None
    assert plugin.name == "google"
