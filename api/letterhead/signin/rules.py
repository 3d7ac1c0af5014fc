"""What a sign-in allows: methods, answers, look-ups, requests, visits, ends."""

import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from letterhead.diagnosis.message import told
from letterhead.wire.server import MailServer
from letterhead_providers import (
    Ask,
    AuthMethod,
    CredentialKind,
    Done,
    Field,
    Grant,
    Lookup,
    Provider,
    Security,
    Server,
)
from letterhead_providers.patterns import LONGEST, fits, pattern_fault

RECORD_KINDS = frozenset({"A", "AAAA", "MX", "TXT", "SRV", "CNAME"})


def chosen_method(provider: Provider, key: str | None) -> AuthMethod | None:
    """The way in with this key; with none given, the best that can be used here."""
    if key is not None:
        return next((method for method in provider.auth_methods if method.key == key), None)
    usable = [method for method in provider.auth_methods if not method.unavailable_because]
    candidates = usable or list(provider.auth_methods)
    return next((method for method in candidates if method.recommended), next(iter(candidates), None))


def answer_problem(field: Field, answer: str) -> str | None:
    """Why an answer, already normalised, is not taken; in words for the person."""
    if not answer:
        return "Fill this in." if field.required else None
    if len(answer) > LONGEST:
        return f"This is longer than {LONGEST} characters."
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in answer):
        return "There are line ends or control characters in this; copy it once more."
    if field.pattern is not None and not fits(field.pattern, answer):
        return f"This does not have the right form. {field.help or ''}".strip()
    return None


def form_fault(ask: Ask) -> str | None:
    """What is wrong with a form that a plugin asks to show."""
    names = [field.name for field in ask.fields]
    if not names:
        return "a form has no fields"
    if len(set(names)) < len(names):
        return "two fields of a form have the same name"
    return next((fault for field in ask.fields if (fault := pattern_fault(field.pattern or ""))), None)


def credential_fault(done: Done, method: AuthMethod) -> str | None:
    """What is wrong with the credential that a plugin's flow ended with."""
    if done.kind is not method.kind:
        return f"the flow for {method.kind} ended with {done.kind}"
    if (done.kind is CredentialKind.NONE) != (not done.secret):
        return "the flow ended with an empty secret" if not done.secret else "NONE comes with a secret"
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in done.secret):
        return "the flow ended with a secret that holds control characters"
    if done.kind is CredentialKind.OAUTH2:
        return _grant_fault(done.secret)
    return None


def _grant_fault(text: str) -> str | None:
    try:
        Grant.from_text(text)
    except ValueError:
        return "the flow ended with a secret that is no grant"
    return None


def may_look_up(
    lookup: Lookup, provider: Provider, addresses: Iterable[str], servers: Iterable[MailServer]
) -> bool:
    """Whether a name is the provider's, an address's domain or a server of the account, or is below one."""
    allowed = {
        *provider.domains,
        *mail_hosts(provider),
        *(server.host for server in servers),
        *(address.rpartition("@")[2] for address in addresses),
    }
    name = lookup.name.rstrip(".").lower()
    return lookup.kind in RECORD_KINDS and any(f".{name}".endswith(f".{domain}") for domain in allowed)


def may_open(url: str, provider: Provider) -> bool:
    """Whether a flow may fetch ``url``, or send a person there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.username is None and parts.hostname in web_hosts(provider)


def may_have_token(server: MailServer | Server, provider: Provider) -> bool:
    """Whether an OAuth2 token of ``provider`` may be shown to ``server``: to those it declares alone."""
    return server.security is not Security.NONE and server.host in mail_hosts(provider)


def not_for_tokens(provider: Provider, server: MailServer) -> str:
    """Why ``may_have_token`` says no, for people."""
    if server.security is Security.NONE:
        return told("Access given by {provider} is shown to encrypted servers only.", provider=provider.name)
    return told(
        "Access given by {provider} is shown to servers of {provider} alone, and {host} is not one of them.",
        provider=provider.name,
        host=server.host,
    )


def mail_hosts(provider: Provider) -> frozenset[str]:
    presets = (server for preset in provider.presets for server in (preset.smtp, preset.incoming) if server)
    return frozenset({*provider.hosts, *(server.host for server in presets)})


def web_hosts(provider: Provider) -> frozenset[str]:
    services = (method.oauth2 for method in provider.auth_methods if method.oauth2)
    urls = (url for service in services for url in (service.authorize_url, service.token_url))
    return frozenset({*provider.hosts, *filter(None, (urlsplit(url).hostname for url in urls))})
