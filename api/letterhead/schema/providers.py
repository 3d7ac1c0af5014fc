"""Mail services, as their plugins describe them."""

from typing import Annotated

import strawberry

from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Instruction, show_instruction
from letterhead.schema.ids import encode
from letterhead.schema.node import Node
from letterhead.schema.scalars import Url
from letterhead.schema.shown import shown, wrapping
from letterhead.signin.ways import as_configured
from letterhead.wire.server import MailServer as DomainServer
from letterhead_providers import (
    AuthMethod as DomainMethod,
)
from letterhead_providers import (
    CredentialKind,
    ProviderKind,
    Security,
    SendAsRule,
    Server,
)
from letterhead_providers import Limits as DomainLimits
from letterhead_providers import Preset as DomainPreset
from letterhead_providers import Protocol as MailProtocol
from letterhead_providers import Provider as DomainProvider
from letterhead_providers.catalogue import PluginHealth, PluginStatus


@strawberry.type(description="A mail server, and who signs in there.")
class MailServer:
    server: strawberry.Private[Server | DomainServer]
    protocol: MailProtocol = shown("server.protocol", "What it speaks.")
    host: str = shown("server.host", "Its host name, in A-labels.")
    port: int = shown("server.port", "Its port.")
    security: Security = shown("server.security", "How the connection is encrypted.")
    username: str | None = shown(
        "server.username", "The login. In a preset a template: {address}, {local} and {domain} are filled in."
    )


@strawberry.type(description="One set of servers of a service that works together.")
class Preset:
    label: str = strawberry.field(description="What tells it from the others.")
    smtp: MailServer = strawberry.field(description="The server that sends.")
    incoming: MailServer | None = strawberry.field(
        description="The server that receives. Null: it only sends."
    )
    recommended: bool = strawberry.field(description="Whether it is the one to take.")


@strawberry.type(description="A way in to a mail service.")
class AuthMethod:
    key: str = strawberry.field(description="Its key within the provider.")
    title: str = strawberry.field(description="Its name.")
    credential_kind: CredentialKind = strawberry.field(description="What it ends with.")
    recommended: bool = strawberry.field(description="Whether it is the one to take.")
    requires_two_factor: bool = strawberry.field(description="Whether two-factor authentication must be on.")
    instructions: list[Instruction] = strawberry.field(
        description="What to do at the service first, in order."
    )
    unavailable_because: str | None = strawberry.field(
        description="Why it cannot be used here, such as no OAuth2 client being configured."
    )


@strawberry.type(description="What a service allows one account. Null: no source says.")
class SendingLimits:
    messages_per_minute: int | None = strawberry.field(description="Messages a minute.")
    messages_per_day: int | None = strawberry.field(description="Messages in 24 hours.")
    recipients_per_message: int | None = strawberry.field(description="Recipients of one message.")
    bytes_per_message: int | None = strawberry.field(description="Octets of one message.")
    note: str | None = strawberry.field(description="What the numbers leave out.")
    source: Url | None = strawberry.field(description="Where the service says so.")


@strawberry.type(description="The package that speaks for a service.")
class Plugin:
    name: str = strawberry.field(description="Its entry point.")
    version: str = strawberry.field(description="Its version.")
    contract: int = strawberry.field(description="The version of the contract it was written for.")
    bundled: bool = strawberry.field(description="Whether it came with Letterhead.")
    health: PluginHealth = strawberry.field(description="How it is doing.")
    message: str | None = strawberry.field(description="Why it is not simply doing well.")


@strawberry.type(description="A mail service.")
class Provider(Node):
    provider: strawberry.Private[DomainProvider]
    key: str = strawberry.field(description="What accounts are stored with.")
    name: str = strawberry.field(description="Its name.")
    kind: ProviderKind = strawberry.field(description="What kind of service it is.")
    website: Url | None = strawberry.field(description="Its own pages.")
    domains: list[str] = strawberry.field(description="Domains whose addresses surely belong to it.")
    presets: list[Preset] = strawberry.field(description="Its servers, best first.")
    sends_as: SendAsRule = strawberry.field(description="Which From addresses it lets an account use.")
    limits: SendingLimits | None = strawberry.field(description="How much it lets an account send.")

    @strawberry.field(description="Ways in, best first: what this service accepts today.")
    def auth_methods(self, info: Info) -> list[AuthMethod]:
        provider = as_configured(info.context.house, self.provider)
        return [show_method(method) for method in provider.auth_methods]

    @strawberry.field(description="The package that speaks for it.")
    def plugin(self, info: Info) -> Plugin:
        status = info.context.house.catalogue.plugin_of(self.provider.key)
        assert status is not None, "every provider came from a plugin"
        return show_plugin(status)


@strawberry.input(description="A mail server of one's own choice.")
class MailServerInput:
    protocol: MailProtocol = strawberry.field(description="What it speaks.")
    host: str = strawberry.field(description="Its host name.")
    port: int = strawberry.field(description="Its port.")
    security: Security = strawberry.field(description="How the connection is encrypted.")
    username: str | None = strawberry.field(
        default=None, description="The login. Left out: the address, or as the provider says."
    )


ProviderSearch = Annotated[str | None, strawberry.argument(description="A part of a name, key or domain.")]


def show_provider(provider: DomainProvider) -> Provider:
    return Provider(
        id=encode("Provider", provider.key),
        provider=provider,
        key=provider.key,
        name=provider.name,
        kind=provider.kind,
        website=Url(provider.website) if provider.website else None,
        domains=list(provider.domains),
        presets=[_preset(preset) for preset in provider.presets],
        sends_as=provider.sends_as,
        limits=show_limits(provider.limits),
    )


def _preset(preset: DomainPreset) -> Preset:
    return Preset(
        label=preset.label,
        smtp=show_server(preset.smtp),
        incoming=show_server(preset.incoming) if preset.incoming else None,
        recommended=preset.recommended,
    )


def show_method(method: DomainMethod) -> AuthMethod:
    return AuthMethod(
        key=method.key,
        title=method.title,
        credential_kind=method.kind,
        recommended=method.recommended,
        requires_two_factor=method.requires_two_factor,
        instructions=[show_instruction(step) for step in method.instructions],
        unavailable_because=method.unavailable_because,
    )


show_server = wrapping(MailServer, "server", DomainServer)


def show_limits(limits: DomainLimits | None) -> SendingLimits | None:
    if limits is None:
        return None
    return SendingLimits(
        messages_per_minute=limits.messages_per_minute,
        messages_per_day=limits.messages_per_day,
        recipients_per_message=limits.recipients_per_message,
        bytes_per_message=limits.bytes_per_message,
        note=limits.note,
        source=Url(limits.source) if limits.source else None,
    )


def show_plugin(status: PluginStatus) -> Plugin:
    return Plugin(
        name=status.name,
        version=status.version,
        contract=status.contract,
        bundled=status.bundled,
        health=status.health,
        message=status.message,
    )
