"""From an autoconfig file to servers that can be proposed, and a word on those that cannot."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from letterhead.discovery.autoconfig import ClientConfig, ConfigServer, Page, Words, fill
from letterhead.discovery.found import Candidate, Source
from letterhead.discovery.rules import named_host, pairs
from letterhead.wire.clean import clean
from letterhead.wire.server import MailServer
from letterhead_providers import (
    AuthMethod,
    CredentialKind,
    Instruction,
    Protocol,
    Provider,
    ProviderKind,
    Security,
)

_MOST_STEPS = 10
_MOST_NOTES = 5
_PROTOCOLS = {"smtp": Protocol.SMTP, "pop3": Protocol.POP3, "imap": Protocol.IMAP}
_SECURITY = {"ssl": Security.TLS, "tls": Security.TLS, "starttls": Security.STARTTLS}
_OWN_NETWORK = "client-ip-address"
_PASSWORDS = frozenset({CredentialKind.PASSWORD, CredentialKind.APP_PASSWORD})
_WAYS: dict[str, frozenset[CredentialKind]] = {
    "password-cleartext": _PASSWORDS,
    "password-encrypted": _PASSWORDS,
    "plain": _PASSWORDS,  # old for password-cleartext
    "secure": _PASSWORDS,  # old for password-encrypted
    "oauth2": frozenset({CredentialKind.OAUTH2}),
    "none": frozenset({CredentialKind.NONE}),
}


def propose(
    config: ClientConfig,
    address: str,
    providers: Sequence[Provider],
    *,
    source: Source,
    trusted: bool,
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Candidates, best first, and notes on what was left out and why."""
    notes: list[str] = []
    outgoing = [server for server in config.outgoing if server.kind == "smtp"]
    ways: dict[MailServer, ConfigServer] = {}
    for written in (*outgoing, *config.incoming):
        server, note = _usable(written, address)
        if server:
            ways.setdefault(server, written)
        elif note:
            notes.append(note)
    smtp = [server for server in ways if server.protocol is Protocol.SMTP]
    incoming = [server for server in ways if server.protocol is not Protocol.SMTP]
    found = tuple(
        candidate(smtp, incoming, providers, source=source, trusted=trusted, kinds=_kinds(ways[smtp]))
        for smtp, incoming in pairs(smtp, incoming)
    )
    if trusted:
        found = tuple(_instructed(one, config.enable) for one in found)
    return found, tuple(dict.fromkeys(notes))[:_MOST_NOTES]


def candidate(
    smtp: MailServer,
    incoming: MailServer | None,
    providers: Iterable[Provider],
    *,
    source: Source,
    trusted: bool,
    kinds: frozenset[CredentialKind] = _PASSWORDS,
) -> Candidate:
    """A known provider's, if it is its server; else of the provider that stands for any server."""
    known = list(providers)
    owner = next((provider for provider in known if smtp.host in _hosts(provider)), None)
    if owner:
        methods = owner.auth_methods
    else:
        owner = next((provider for provider in known if provider.kind is ProviderKind.CUSTOM), None)
        methods = tuple(method for method in owner.auth_methods if method.kind in kinds) if owner else ()
    return Candidate(
        provider_key=owner.key if owner else None,
        smtp=smtp,
        incoming=incoming,
        methods=methods,
        source=source,
        trusted=trusted,
    )


def _hosts(provider: Provider) -> set[str]:
    return {preset.smtp.host for preset in provider.presets}


def _usable(written: ConfigServer, address: str) -> tuple[MailServer | None, str]:
    """The server, or why it is not proposed. Its host is filled in without the local part, which must not
    get into DNS."""
    local, _, domain = address.rpartition("@")
    protocol = _PROTOCOLS.get(written.kind)
    host = named_host(fill(written.host or "", local=None, domain=domain) or "")
    if protocol is None:
        return None, f"A server of the kind {clean(written.kind, 20) or 'unknown'} was left out."
    if host is None or written.port is None:
        return None, f"A {protocol} server without a usable name or port was left out."
    where = f"{host}:{written.port}"
    if _is_for_own_network(written):
        return None, f"{where} was left out, because it serves only the network of its provider."
    security = _SECURITY.get((written.socket_type or "").lower())
    if security is None:
        return None, f"{where} was left out, because it does not encrypt."
    login = fill(written.username, local=local, domain=domain) if written.username else address
    return MailServer(
        protocol=protocol,
        host=host,
        port=written.port,
        security=security,
        username=clean(login, 320) if login else None,
    ), ""


def _is_for_own_network(written: ConfigServer) -> bool:
    ways = [way.lower() for way in written.authentication]
    return _OWN_NETWORK in (r.lower() for r in written.restrictions) or set(ways) == {_OWN_NETWORK}


def _kinds(written: ConfigServer) -> frozenset[CredentialKind]:
    """Where the file names no way in, a password is the usual one."""
    if not written.authentication:
        return _PASSWORDS
    ways = (_WAYS.get(way.lower(), frozenset()) for way in written.authentication)
    return frozenset().union(*ways)


def _instructed(found: Candidate, steps: Iterable[Page]) -> Candidate:
    """With what has to be switched on first put before the provider's own instructions."""
    told = [instruction for step in steps for instruction in _instructions(step)][:_MOST_STEPS]
    methods = tuple(_told(method, told) for method in found.methods)
    return replace(found, methods=methods)


def _told(method: AuthMethod, first: Sequence[Instruction]) -> AuthMethod:
    return replace(method, instructions=(*first, *method.instructions))


def _instructions(step: Page) -> Iterable[Instruction]:
    """In English where there is some, else in the file's first language."""
    link = clean(step.url, 500) if step.url.startswith("https://") else None
    by_language: dict[str, list[Words]] = {}
    for words in step.words:
        by_language.setdefault((words.language or "en")[:2].lower(), []).append(words)
    chosen = by_language.get("en") or next(iter(by_language.values()), [])
    texts = filter(None, (clean(words.text, 500) for words in chosen))
    return (Instruction(text=text, link=link) for text in texts)
