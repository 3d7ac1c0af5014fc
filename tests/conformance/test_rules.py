"""Each rule of the kit notices what it is there to notice, and says what to change."""

import itertools
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from letterhead_providers import (
    Ask,
    Checks,
    CredentialKind,
    DiagnosisCode,
    Done,
    Field,
    Instruction,
    KnownReply,
    Limits,
    Lookup,
    SignInFlow,
    SignInStart,
    Subject,
)
from letterhead_providers.catalogue import Catalogue
from letterhead_providers.conformance import RULES, Broken, Scale, scale_of
from providers.made import PASSWORD, a_plugin, a_provider

GOOD = {"sources": ("https://acme.example/help",)}
counting = itertools.count()


def asking_for(title: str) -> Callable[[SignInStart], SignInFlow]:
    def sign_in(start: SignInStart) -> SignInFlow:
        return walk(start)

    def walk(start: SignInStart) -> SignInFlow:
        answers = yield Ask(title=title.format(next(counting)), fields=(Field(name="x", label="X"),))
        assert isinstance(answers, dict)
        again = yield Ask(title="again", fields=(Field(name="x", label=answers["x"]),))
        assert isinstance(again, dict)
        return Done(kind=CredentialKind.PASSWORD, secret=again["x"])

    return sign_in


def endless(subject: Subject) -> Checks | None:
    def run() -> Checks:
        while True:
            yield Lookup(name="acme.example", kind="MX")

    return run()


def reading(secret: str) -> str:
    return secret + Path("/etc/passwd").read_text()[:0]


def calling(secret: str) -> str:
    with socket.socket() as caller:
        caller.connect_ex(("127.0.0.1", 9))
    return secret


BROKEN: list[tuple[str, ModuleType, str]] = [
    ("identity", a_plugin(a_provider()), "say in sources where its facts come from"),
    ("identity", a_plugin(a_provider(**GOOD), CONTRACT=99), "it is not admitted"),
    ("identity", a_plugin(a_provider(domains=("example",))), "'example' is not a domain"),
    ("presets", a_plugin(a_provider(presets=())), "give it at least one preset"),
    ("identity", a_plugin(a_provider(auth_methods=())), "there is no way in"),
    ("flows", a_plugin(a_provider(), sign_in=asking_for("Question {}")), "goes otherwise"),
    ("flows", a_plugin(a_provider(), sign_in=asking_for("Question")), "a secret is shown again"),
    ("checks", a_plugin(a_provider(), checks=endless), "does not come to an end"),
    ("no_input_or_output", a_plugin(a_provider(), normalize=reading), "it reaches out by itself (open)"),
    ("no_input_or_output", a_plugin(a_provider(), normalize=calling), "(socket.connect)"),
]


@pytest.mark.parametrize(("rule", "plugin", "why"), BROKEN, ids=[f"{r}: {w}" for r, _, w in BROKEN])
async def test_a_rule_that_is_broken_says_what_to_change(rule: str, plugin: ModuleType, why: str) -> None:
    with pytest.raises(Broken) as broken:
        await RULES[rule](plugin)
    assert why in str(broken.value)


def scaled(**changes: object) -> tuple[Catalogue, str]:
    catalogue = Catalogue()
    catalogue.admit("acme", a_plugin(a_provider(**changes), **HOOKS))
    return catalogue, "acme"


HOOKS = {"checks": endless}
INSTRUCTED = replace(PASSWORD, instructions=(Instruction(text="Open the settings."),))
KNOWN = KnownReply(diagnosis=DiagnosisCode.WRONG_PASSWORD, title="x", explanation="x", code=535)
SOURCED = Limits(messages_per_day=500, source="https://acme.example/limits")


@pytest.mark.parametrize(
    ("scale", "changes"),
    [
        (Scale.BRONZE, {}),
        (Scale.BRONZE, {"replies": (KNOWN,)}),
        (Scale.SILVER, {"replies": (KNOWN,), "auth_methods": (INSTRUCTED,)}),
        (Scale.GOLD, {"replies": (KNOWN,), "auth_methods": (INSTRUCTED,), "limits": SOURCED}),
    ],
)
async def test_the_scale_is_measured(scale: Scale, changes: dict[str, object]) -> None:
    catalogue, key = scaled(**changes)
    provider = catalogue.provider(key)
    assert provider is not None
    assert await scale_of(catalogue, provider) is scale
