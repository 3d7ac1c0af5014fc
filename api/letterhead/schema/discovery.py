"""The settings an address most likely needs."""

import strawberry

from letterhead.discovery.found import Candidate, Source
from letterhead.discovery.found import Discovery as DomainDiscovery
from letterhead.schema.context import Info
from letterhead.schema.enums import shown
from letterhead.schema.providers import (
    AuthMethod,
    MailServer,
    Provider,
    show_method,
    show_provider,
    show_server,
)
from letterhead.schema.scalars import EmailAddress

shown(
    Source,
    "DiscoverySource",
    "How settings became known, the most reliable first.",
    PROVIDER_DOMAIN="The domain is one of a mail service known here.",
    MX_RECORD="DNS says that a mail service known here takes the domain's mail.",
    AUTOCONFIG="The domain publishes its settings.",
    ISPDB="A database of mail settings has the domain, or whoever takes its mail.",
    SRV_RECORD="DNS names the domain's mail servers.",
    GUESS="A server of a usual name answers.",
)


@strawberry.type(description="Settings that an address may need.")
class DiscoveryCandidate:
    candidate: strawberry.Private[Candidate]
    smtp: MailServer = strawberry.field(description="The server that sends.")
    incoming: MailServer | None = strawberry.field(description="The server that receives.")
    auth_methods: list[AuthMethod] = strawberry.field(
        description="Ways in, best first. Empty: none is known here."
    )
    source: Source = strawberry.field(description="How they became known.")
    trusted: bool = strawberry.field(
        description="False when any link of the chain was unauthenticated: ask the user first."
    )

    @strawberry.field(description="The mail service whose servers these are.")
    def provider(self, info: Info) -> Provider | None:
        provider = info.context.house.catalogue.provider(self.candidate.provider_key or "")
        return show_provider(provider) if provider else None


@strawberry.type(description="One place that was asked.")
class DiscoveryStep:
    source: Source = strawberry.field(description="What kind of place it is.")
    outcome: str = strawberry.field(description="What came of it, in words.")
    took_ms: int = strawberry.field(description="Milliseconds until it was done with.")


@strawberry.type(description="What was found out about an address's settings, and how.")
class Discovery:
    address: EmailAddress = strawberry.field(description="The address.")
    candidates: list[DiscoveryCandidate] = strawberry.field(description="Settings to try, best first.")
    trail: list[DiscoveryStep] = strawberry.field(description="Every place that was asked.")


def show_discovery(discovery: DomainDiscovery) -> Discovery:
    return Discovery(
        address=EmailAddress(discovery.address),
        candidates=[show_candidate(candidate) for candidate in discovery.candidates],
        trail=[
            DiscoveryStep(source=step.source, outcome=step.outcome, took_ms=step.took_ms)
            for step in discovery.trail
        ],
    )


def show_candidate(candidate: Candidate) -> DiscoveryCandidate:
    return DiscoveryCandidate(
        candidate=candidate,
        smtp=show_server(candidate.smtp),
        incoming=show_server(candidate.incoming) if candidate.incoming else None,
        auth_methods=[show_method(method) for method in candidate.methods],
        source=candidate.source,
        trusted=candidate.trusted,
    )
