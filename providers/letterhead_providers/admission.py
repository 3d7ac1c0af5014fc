"""What a plugin has to be before it is let in. Each reason for a refusal says what to change."""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution
from ipaddress import ip_address
from string import Formatter
from types import ModuleType
from typing import Any

import pluggy

from letterhead_providers.patterns import pattern_fault
from letterhead_providers.provider import (
    CONTRACT,
    AuthMethod,
    KnownReply,
    Limits,
    Preset,
    Provider,
    ProviderKind,
    Security,
    Server,
)
from letterhead_providers.reply import Instruction, Protocol

KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")
ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
MONTH = re.compile(r"2\d{3}-(?:0[1-9]|1[0-2])")
PLACEHOLDERS = {"address", "local", "domain"}


class Rejected(Exception):
    """The plugin is not let in, and why."""


def contract_of(module: object) -> int:
    """The version the plugin was written for; 0 when it does not say."""
    contract = vars(module).get("CONTRACT") if isinstance(module, ModuleType) else None
    return contract if isinstance(contract, int) and not isinstance(contract, bool) else 0


def require_contract(module: object) -> None:
    if not isinstance(module, ModuleType):
        raise Rejected("it is not a module; let the entry point name a module, without a colon")
    if contract_of(module) == 0:
        raise Rejected(f"it does not say its contract; write CONTRACT = {CONTRACT} in the module")
    if contract_of(module) != CONTRACT:
        raise Rejected(f"it is written for contract {contract_of(module)}, and this is contract {CONTRACT}")


def require_hooks(manager: pluggy.PluginManager, module: ModuleType) -> None:
    for attribute in dir(module):
        options: Any = manager.parse_hookimpl_opts(module, attribute)
        if options is None:
            continue
        name = options.get("specname") or attribute
        if getattr(manager.hook, name, None) is None:
            raise Rejected(f"there is no hook {name}; correct the name or remove @hookimpl")
        if options.get("wrapper") or options.get("hookwrapper"):
            raise Rejected(f"{name} is a wrapper; hooks are asked one plugin at a time, so answer it plainly")
        _require_plain(name, inspect.unwrap(getattr(module, attribute)))


def _require_plain(name: str, implementation: Any) -> None:
    if inspect.iscoroutinefunction(implementation) or inspect.isasyncgenfunction(implementation):
        raise Rejected(f"{name} is async; write a plain def: it asks for what it needs, and the house awaits")
    if inspect.isgeneratorfunction(implementation):
        raise Rejected(
            f"{name} is a generator function and so cannot decline; "
            "write a plain def that returns a generator or None"
        )


def data_fault(provider: Provider) -> str | None:
    """The first thing wrong with a provider's data, whose types are already known to be right."""
    return next(_data_faults(provider), None)


def _data_faults(provider: Provider) -> Iterator[str]:
    if not KEY.fullmatch(provider.key):
        yield f"the key {provider.key!r} may hold lower-case letters, digits and inner dashes only"
    if not provider.name.strip():
        yield "the name is empty"
    for domain in (*provider.domains, *provider.mx, *provider.hosts):
        if not HOST.fullmatch(domain) or "." not in domain:
            yield f"{domain!r} is not a domain in lower-case A-labels"
    for url in (provider.website, *provider.sources):
        yield from _link_faults(url)
    if provider.checked is not None and not MONTH.fullmatch(provider.checked):
        yield f"checked is {provider.checked!r}, not a month such as '2026-11'"
    for preset in provider.presets:
        yield from (f"preset {preset.label!r}: {fault}" for fault in _preset_faults(preset, provider.kind))
    yield from _method_faults(provider.auth_methods)
    yield from _limit_faults(provider.limits)
    for number, reply in enumerate(provider.replies, 1):
        yield from (f"reply {number} ({reply.title!r}): {fault}" for fault in _reply_faults(reply))


def _preset_faults(preset: Preset, kind: ProviderKind) -> Iterator[str]:
    if preset.smtp.protocol is not Protocol.SMTP:
        yield "smtp has to speak SMTP"
    if preset.incoming and preset.incoming.protocol not in (Protocol.POP3, Protocol.IMAP):
        yield "incoming has to speak POP3 or IMAP"
    for server in filter(None, (preset.smtp, preset.incoming)):
        yield from _server_faults(server)
        if server.security is Security.NONE and kind is not ProviderKind.SANDBOX:
            yield f"{server.host} would be used without encryption, which no preset may"


def _server_faults(server: Server) -> Iterator[str]:
    if not (HOST.fullmatch(server.host) or _is_ip(server.host)):
        yield f"{server.host!r} is not a host name in lower-case A-labels"
    if not 1 <= server.port <= 65535:
        yield f"port {server.port} is not between 1 and 65535"
    try:
        holes = {name for _, name, _, _ in Formatter().parse(server.username) if name is not None}
    except ValueError:
        holes = {"}"}
    if holes - PLACEHOLDERS:
        yield f"the username {server.username!r} may hold {{address}}, {{local}} and {{domain}} only"


def _method_faults(methods: tuple[AuthMethod, ...]) -> Iterator[str]:
    if not methods:
        yield "there is no way in; give at least one AuthMethod"
    keys = [method.key for method in methods]
    for method in methods:
        if not KEY.fullmatch(method.key):
            yield f"the way in {method.key!r} may hold lower-case letters, digits and inner dashes only"
        if keys.count(method.key) > 1:
            yield f"two ways in have the key {method.key!r}"
        for form in filter(None, (method.secret_format, method.login_format)):
            if fault := pattern_fault(form.pattern):
                yield f"way in {method.key!r}: {fault}"
        yield from _instruction_faults(method.instructions)


def _limit_faults(limits: Limits | None) -> Iterator[str]:
    if limits is None:
        return
    numbers = (
        limits.messages_per_minute,
        limits.messages_per_day,
        limits.recipients_per_message,
        limits.bytes_per_message,
    )
    if any(number is not None and number < 1 for number in numbers):
        yield "a limit is below 1; leave out what has no sourced number"
    yield from _link_faults(limits.source)


def _reply_faults(reply: KnownReply) -> Iterator[str]:
    if reply.code is None and reply.enhanced is None and not (reply.phrase or "").strip():
        yield "it has neither code, enhanced nor phrase, so it would recognise anything"
    if reply.code is not None and not 200 <= reply.code <= 599:
        yield f"{reply.code} is not a reply code"
    if reply.enhanced is not None and not ENHANCED.fullmatch(reply.enhanced):
        yield f"{reply.enhanced!r} is not an enhanced status code (RFC 3463)"
    if not (reply.title.strip() and reply.explanation.strip()):
        yield "it says nothing to the reader"
    yield from _link_faults(reply.help)
    yield from _instruction_faults(reply.advice)


def _instruction_faults(instructions: tuple[Instruction, ...]) -> Iterator[str]:
    for instruction in instructions:
        if not instruction.text.strip():
            yield "an instruction is empty"
        yield from _link_faults(instruction.link)


def _link_faults(url: str | None) -> Iterator[str]:
    if url is not None and not re.fullmatch(r"https://[^\s/]+\S*", url):
        yield f"{url!r} is not an https URL"


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cache
def name_and_version(distribution: Distribution | None) -> tuple[str, str]:
    """Of a package: each look reads the whole description of the package anew."""
    return (distribution.name, distribution.version) if distribution else ("", "")
