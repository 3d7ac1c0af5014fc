"""The mail services this process knows: admits plugins one at a time and asks each about its own."""

import logging
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from letterhead_providers.admission import (
    Rejected,
    contract_of,
    data_fault,
    name_and_version,
    require_contract,
    require_hooks,
)
from letterhead_providers.check import Checks, Subject
from letterhead_providers.claims import Claims
from letterhead_providers.flow import Renewal, SignInFlow, SignInStart
from letterhead_providers.isolation import Failed
from letterhead_providers.provider import CONTRACT, AuthMethod, Limits, Provider
from letterhead_providers.reply import Diagnosis, Protocol, ServerReply, Stage
from letterhead_providers.shapes import misshapen
from letterhead_providers.switchboard import DEFAULTS, Stepped, Switchboard
from letterhead_providers.toml import files_in, plugin_of_file

GROUP = "letterhead"
BUNDLED = "letterhead"

log = logging.getLogger(__name__)


class PluginHealth(StrEnum):
    """DEGRADED: it faulted in use. REJECTED: it was not let in."""

    OK = "OK"
    DEGRADED = "DEGRADED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, kw_only=True)
class PluginStatus:
    """``distribution``: the package it came in, or the operator's folder.

    ``contract``: the version it was written for, 0 when unknown. ``message``: why it is not simply OK.
    """

    name: str
    version: str = ""
    distribution: str = ""
    contract: int = 0
    bundled: bool = False
    health: PluginHealth = PluginHealth.OK
    message: str | None = None


class Catalogue:
    """Filled by ``load``, or by ``admit`` one module at a time. ``trace`` is told of every call of a hook."""

    def __init__(self, *, trace: Callable[[str], None] | None = None) -> None:
        self._switchboard = Switchboard(faulted=self._faulted, trace=trace)
        self._admitted: dict[str, PluginStatus] = {}
        self._rejected: list[PluginStatus] = []
        self._claims = Claims()

    # ── admission ──

    def admit(
        self,
        name: str,
        module: ModuleType,
        *,
        distribution: str = "",
        version: str = "",
        preferred: bool = False,
    ) -> PluginStatus:
        """Lets one plugin in, or keeps the reason why not. Never raises for what a plugin does.

        ``preferred``: what it names it gets, also where another came first.
        """
        status = PluginStatus(
            name=name,
            version=version,
            distribution=distribution,
            contract=contract_of(module),
            bundled=distribution == BUNDLED,
        )
        try:
            message = self._take_in(name, module, preferred=preferred)
        except Rejected as exc:
            return self._reject(status, str(exc))
        self._admitted[name] = replace(status, message=message)
        return self._admitted[name]

    def admit_entry_point(self, entry: EntryPoint) -> PluginStatus:
        """The same for an installed plugin, which is imported here."""
        distribution, version = name_and_version(entry.dist)
        try:
            module = entry.load()
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - whatever an import does, the server starts
            bundled = distribution == BUNDLED
            status = PluginStatus(
                name=entry.name, version=version, distribution=distribution, bundled=bundled
            )
            return self._reject(status, f"it cannot be imported: {type(exc).__name__}: {exc}")
        return self.admit(entry.name, module, distribution=distribution, version=version)

    def admit_folder(self, folder: Path) -> None:
        """The same for every TOML file in a folder of the operator's, each by itself and preferred."""
        if not folder.is_dir():
            self._reject(PluginStatus(name="folder of providers"), "there is no such folder")
        for file in files_in(folder):
            try:
                module = plugin_of_file(file)
            except Rejected as exc:
                status = PluginStatus(name=file.name, distribution=str(folder), contract=CONTRACT)
                self._reject(status, str(exc))
            else:
                self.admit(file.name, module, distribution=str(folder), preferred=True)

    def miss(self, name: str) -> PluginStatus:
        """Keeps that a plugin was wanted that is not installed."""
        return self._reject(PluginStatus(name=name), "no installed distribution has a plugin of this name")

    def _take_in(self, name: str, module: ModuleType, *, preferred: bool) -> str | None:
        if name in self._admitted or name == DEFAULTS:
            raise Rejected(f"there is a plugin named {name!r} already")
        manager = self._switchboard.manager
        try:
            require_contract(module)
            require_hooks(manager, module)
            manager.register(module, name)
            offered = self._offered_by(name, preferred=preferred)
        except Exception as exc:
            if manager.has_plugin(name):
                manager.unregister(name=name)
            if isinstance(exc, Rejected):
                raise
            raise Rejected(f"it cannot be read: {' '.join(str(exc).split())}") from exc
        notes = [self._claims.add(name, provider, preferred=preferred) for provider in offered]
        return "; ".join(note for some in notes for note in some) or None

    def _offered_by(self, name: str, *, preferred: bool) -> Sequence[Provider]:
        answers = self._switchboard.ask_now(name, "providers")
        if isinstance(answers, Failed):
            raise Rejected(f"providers failed: {answers.why}")
        if not answers:
            raise Rejected("it speaks for no mail service; implement the hook providers")
        [offered] = answers
        if fault := misshapen(offered, Sequence[Provider], "providers"):
            raise Rejected(fault)
        if not offered:
            raise Rejected("it speaks for no mail service; providers is empty")
        keys = [provider.key for provider in offered]
        for provider in offered:
            if fault := data_fault(provider):
                raise Rejected(f"provider {provider.key!r}: {fault}")
            if keys.count(provider.key) > 1:
                raise Rejected(f"provider {provider.key!r} is there twice")
            if not self._claims.is_open(provider.key, preferred=preferred):
                owner = self._claims.owner(provider.key)
                raise Rejected(f"provider {provider.key!r} is there already, from plugin {owner!r}")
        return tuple(offered)

    def _reject(self, status: PluginStatus, why: str) -> PluginStatus:
        status = replace(status, health=PluginHealth.REJECTED, message=why)
        self._rejected.append(status)
        log.warning("plugin %s %s was not let in: %s", status.name, status.version, why)
        return status

    # ── what is known ──

    def plugins(self) -> tuple[PluginStatus, ...]:
        return (*self._admitted.values(), *self._rejected)

    def providers(self) -> tuple[Provider, ...]:
        """Best known first."""
        return self._claims.providers()

    def provider(self, key: str) -> Provider | None:
        return self._claims.provider(key)

    def plugin_of(self, key: str) -> PluginStatus | None:
        owner = self._claims.owner(key)
        return self._admitted[owner] if owner else None

    # ── questions to plugins ──

    async def owner_of(self, domain: str, mx: Sequence[str] = ()) -> Provider | None:
        """Whose addresses ``domain`` has: by its name, by its mail exchangers, or as a plugin says."""
        if provider := self._claims.holder(domain) or self._claims.host_of(mx):
            return provider
        for provider in self._claims.in_order():
            owner = self._claims.owner(provider.key)
            assert owner is not None, "every provider came from a plugin"
            if await self._switchboard.ask_plugin(
                owner, "match", bool | None, provider=provider, domain=domain, mx=tuple(mx)
            ):
                return provider
        return None

    async def normalize(self, provider: Provider, method: AuthMethod, secret: str) -> str:
        """The secret as the service wants it."""
        return str(
            await self._ask(
                provider.key, "normalize", str | None, provider=provider, method=method, secret=secret
            )
        )

    async def sign_in(self, start: SignInStart) -> SignInFlow | None:
        """A flow, to be driven by ``step`` and, if it is left before its end, ended by ``close``."""
        flow: SignInFlow | None = await self._ask(
            start.provider.key, "sign_in", SignInFlow | None, start=start
        )
        return flow

    async def refresh(self, renewal: Renewal) -> SignInFlow | None:
        """A flow that renews a grant, to be driven like a sign-in."""
        key = renewal.provider.key
        flow: SignInFlow | None = await self._ask(key, "refresh", SignInFlow | None, renewal=renewal)
        return flow

    async def checks(self, subject: Subject) -> Checks | None:
        """The provider's own checks, to be driven like a flow."""
        key = subject.provider.key
        checks: Checks | None = await self._ask(key, "checks", Checks | None, subject=subject)
        return checks

    async def explain(
        self, provider_key: str | None, protocol: Protocol, stage: Stage, reply: ServerReply
    ) -> Diagnosis | None:
        """What the service means by ``reply``, which is always kept; ``explained_by`` is its plugin."""
        provider = self._claims.provider(provider_key or "")
        if provider is None:
            return None
        said = {"provider": provider, "protocol": protocol, "stage": stage, "reply": reply}
        diagnosis: Diagnosis | None = await self._ask(provider.key, "explain", Diagnosis | None, **said)
        if diagnosis is None:
            return None
        owner = self._claims.owner(provider.key)  # also when it was read from its data
        return replace(diagnosis, reply=reply, explained_by=owner or "")

    async def limits(self, provider: Provider, address: str) -> Limits | None:
        limits: Limits | None = await self._ask(
            provider.key, "limits", Limits | None, provider=provider, address=address
        )
        return limits

    async def step(self, provider_key: str, generator: Generator[Any, Any, Any], outcome: object) -> Stepped:
        """Sends ``outcome`` (None to begin) and answers with what is wanted next, or how it ended."""
        return await self._switchboard.step(self._claims.owner(provider_key), generator, outcome)

    async def close(self, generator: Generator[Any, Any, Any]) -> None:
        """Ends a flow that is not driven to its end here, so that none of its code runs elsewhere."""
        await self._switchboard.close(generator)

    async def _ask(self, provider_key: str, hook: str, wanted: Any, **arguments: Any) -> Any:
        return await self._switchboard.ask(self._claims.owner(provider_key), hook, wanted, **arguments)

    def _faulted(self, name: str, message: str) -> None:
        status = self._admitted[name]
        log.warning("plugin %s %s failed: %s", name, status.version, message)
        self._admitted[name] = replace(status, health=PluginHealth.DEGRADED, message=message)


def load(
    names: Sequence[str] | None = None,
    *,
    folder: Path | None = None,
    trace: Callable[[str], None] | None = None,
) -> Catalogue:
    """A catalogue of the installed plugins, ours first.

    ``names``: only these, in this order, which is also the order in which they may claim domains.
    ``folder``: where the operator keeps providers of their own as TOML files; these take precedence.
    """
    catalogue = Catalogue(trace=trace)
    found = sorted(entry_points(group=GROUP), key=_bundled_first)
    if names is None:
        wanted = found
    else:
        wanted = [entry for name in names for entry in found if entry.name == name]
        for name in set(names) - {entry.name for entry in found}:
            catalogue.miss(name)
    for entry in wanted:
        catalogue.admit_entry_point(entry)
    if folder is not None:
        catalogue.admit_folder(folder)
    return catalogue


def _bundled_first(entry: EntryPoint) -> tuple[bool, str, str]:
    distribution, _ = name_and_version(entry.dist)
    return (distribution != BUNDLED, distribution, entry.name)
