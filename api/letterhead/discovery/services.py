"""Mail services the catalogue knows: by an address's domain, and by who takes its mail."""

from letterhead.accounts.drafts import login_for
from letterhead.discovery.found import Candidate, Finding, Source
from letterhead.discovery.question import Question
from letterhead.discovery.rules import is_within, mail_exchangers
from letterhead.wire.server import MailServer
from letterhead_providers import Provider, Security, Server


async def by_domain(question: Question) -> Finding:
    """Nothing leaves the machine."""
    provider = await question.catalogue.owner_of(question.domain)
    if provider is None:
        return Finding(outcome=f"No mail service known here claims {question.domain}.")
    return _finding(
        f"{question.domain} belongs to {provider.name}.",
        provider,
        question,
        source=Source.PROVIDER_DOMAIN,
        trusted=True,
    )


async def by_mx(question: Question) -> Finding:
    """Without DNSSEC, which is not asked for here, a record that leads to another domain is only hearsay."""
    answer = await question.mx()
    exchangers = mail_exchangers(answer.records)
    if not exchangers:
        why = answer.error or f"{question.domain} has no mail exchanger in DNS"
        return Finding(outcome=f"{why}.")
    provider = await question.catalogue.owner_of(question.domain, exchangers)
    taken_by = f"Mail to {question.domain} is taken by {exchangers[0]}"
    if provider is None:
        return Finding(outcome=f"{taken_by}, which is no mail service known here.")
    trusted = all(is_within(exchanger, question.domain) for exchanger in exchangers)
    words = f"{taken_by}: {provider.name}."
    return _finding(words, provider, question, source=Source.MX_RECORD, trusted=trusted)


def _finding(words: str, provider: Provider, question: Question, *, source: Source, trusted: bool) -> Finding:
    presets = sorted(provider.presets, key=lambda preset: not preset.recommended)
    encrypted = [
        preset
        for preset in presets
        if Security.NONE not in {server.security for server in (preset.smtp, preset.incoming) if server}
    ]
    if not presets:
        words += " It has no settings of its own."
    if len(encrypted) < len(presets):
        words += " Settings that do not encrypt were left out."
    candidates = tuple(
        Candidate(
            provider_key=provider.key,
            smtp=_server(preset.smtp, question.address),
            incoming=_server(preset.incoming, question.address) if preset.incoming else None,
            methods=provider.auth_methods,
            source=source,
            trusted=trusted,
        )
        for preset in encrypted
    )
    return Finding(outcome=words, candidates=candidates)


def _server(server: Server, address: str) -> MailServer:
    return MailServer(
        protocol=server.protocol,
        host=server.host,
        port=server.port,
        security=server.security,
        username=login_for(server.username, address),
    )
