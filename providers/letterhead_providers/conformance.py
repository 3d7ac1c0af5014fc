"""What every provider plugin promises, as rules that anybody can run on any plugin.

A rule takes the module and raises ``Broken`` with a sentence that says what to change. ``scale_of`` computes
how much a provider offers beyond the least: it is measured, never claimed.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from enum import StrEnum
from types import ModuleType

from letterhead_providers.catalogue import Catalogue, PluginHealth
from letterhead_providers.provider import (
    AuthMethod,
    CredentialKind,
    KnownReply,
    Provider,
    ProviderKind,
)
from letterhead_providers.quiet import quiet
from letterhead_providers.rehearsal import (
    CANARY,
    address_at,
    rehearse_checks,
    rehearse_sign_in,
    subject_of,
)
from letterhead_providers.reply import Protocol, ServerReply, Stage

NAME = "plugin-under-test"


class Broken(Exception):
    """A rule that a plugin does not keep; the sentence says what to change."""


class Scale(StrEnum):
    """BRONZE: its data. SILVER: also its documented errors, instructions and checks. GOLD: also sourced
    limits, and OAuth2 that is described wherever it is offered."""

    BRONZE = "BRONZE"
    SILVER = "SILVER"
    GOLD = "GOLD"


Rule = Callable[[ModuleType], Awaitable[None]]


def admitted(module: ModuleType) -> Catalogue:
    """A catalogue with this plugin alone. Raises Broken."""
    catalogue = Catalogue()
    status = catalogue.admit(NAME, module)
    if status.health is not PluginHealth.OK:
        raise Broken(f"it is not admitted: {status.message}")
    return catalogue


async def identity(module: ModuleType) -> None:
    """It is admitted without a note, and each provider says who it is and where its facts come from."""
    for provider in _providers(module):
        if not provider.name.strip():
            raise Broken(f"{provider.key}: give it a name that people know")
        if provider.kind in (ProviderKind.MAILBOX, ProviderKind.RELAY) and not provider.sources:
            raise Broken(f"{provider.key}: say in sources where its facts come from")


async def presets(module: ModuleType) -> None:
    """Whoever picks the service gets its servers, or is told where they are, or that there is no way in."""
    for provider in _providers(module):
        if provider.presets or provider.kind is ProviderKind.CUSTOM:
            continue
        if any(not (m.unavailable_because or m.instructions) for m in provider.auth_methods):
            raise Broken(f"{provider.key}: give it at least one preset")


async def replies(module: ModuleType) -> None:
    """Each known reply is recognised in every form it comes in, and by its own condition."""
    catalogue = admitted(module)
    for provider in catalogue.providers():
        for known in provider.replies:
            for reply in _forms(known):
                found = await catalogue.explain(provider.key, Protocol.SMTP, _stage(known), reply)
                if found is None:
                    raise Broken(f"{provider.key}: {known.title!r} is not recognised in {reply.text!r}")


async def flows(module: ModuleType) -> None:
    """Each way in can be walked, the same way every time, and shows no secret on the way."""
    catalogue = admitted(module)
    for provider, method in _ways_in(catalogue):
        first = await rehearse_sign_in(catalogue, provider, method)
        again = await rehearse_sign_in(catalogue, provider, method)
        where = f"{provider.key}, {method.key}"
        if first.fault:
            raise Broken(f"{where}: the flow fails: {first.fault}")
        if first.steps != again.steps:
            raise Broken(f"{where}: the flow goes otherwise when it is run again with the same answers")
        if CANARY in first.shown:
            raise Broken(f"{where}: a secret is shown again")


async def checks(module: ModuleType) -> None:
    """Its checks come to an end, whatever they are told."""
    catalogue = admitted(module)
    for provider, method in _ways_in(catalogue):
        run = await rehearse_checks(catalogue, provider, method)
        if run.fault:
            raise Broken(f"{provider.key}: its checks fail: {run.fault}")


async def no_input_or_output(module: ModuleType) -> None:
    """No hook touches network, disk or other programs: it asks, and the house does."""
    catalogue = admitted(module)
    with quiet() as heard:
        for provider, method in _ways_in(catalogue):
            await rehearse_sign_in(catalogue, provider, method)
            await rehearse_checks(catalogue, provider, method)
            await catalogue.normalize(provider, method, f" {CANARY} ")
            await catalogue.limits(provider, address_at(provider))
            for known in provider.replies:
                await catalogue.explain(provider.key, Protocol.SMTP, _stage(known), next(_forms(known)))
    if heard:
        raise Broken(f"it reaches out by itself ({', '.join(sorted(heard))}); yield what it needs instead")


RULES: dict[str, Rule] = {
    "identity": identity,
    "presets": presets,
    "replies": replies,
    "flows": flows,
    "checks": checks,
    "no_input_or_output": no_input_or_output,
}


async def scale_of(catalogue: Catalogue, provider: Provider) -> Scale:
    """Measured from what the plugin offers for this provider."""
    explained = bool(provider.replies) and all(m.instructions for m in provider.auth_methods)
    if not (explained and await _has_checks(catalogue, provider)):
        return Scale.BRONZE
    limits = provider.limits
    oauth2 = [method for method in provider.auth_methods if method.kind is CredentialKind.OAUTH2]
    if limits and limits.source and all(method.oauth2 for method in oauth2):
        return Scale.GOLD
    return Scale.SILVER


async def _has_checks(catalogue: Catalogue, provider: Provider) -> bool:
    for method in provider.auth_methods:
        found = await catalogue.checks(subject_of(provider, method))
        if found is not None:
            await catalogue.close(found)
            return True
    return False


def _ways_in(catalogue: Catalogue) -> Iterator[tuple[Provider, AuthMethod]]:
    for provider in catalogue.providers():
        for method in provider.auth_methods:
            yield provider, method


def _stage(known: KnownReply) -> Stage:
    return known.stages[0] if known.stages else Stage.DATA


def _providers(module: ModuleType) -> tuple[Provider, ...]:
    return admitted(module).providers()


def _forms(known: KnownReply) -> Iterator[ServerReply]:
    """The reply as servers give it: plain, among other words, over several lines, shouted."""
    phrase = known.phrase or "the server's words"
    broken = re.sub(r" (?=\S+$)", "\n", phrase)
    for text in (phrase, f"mx1.example: {phrase} (id 4711)", broken, phrase.upper()):
        yield ServerReply(code=known.code, enhanced=known.enhanced, text=text)
