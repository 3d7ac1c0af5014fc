"""Ways in as they can be used on this server: OAuth2 needs a client that its operator has registered."""

from dataclasses import replace

from letterhead.house import House
from letterhead_providers import AuthMethod, CredentialKind, Provider


def as_configured(house: House, provider: Provider) -> Provider:
    """The provider with each way in that cannot be used here saying why."""
    return replace(
        provider, auth_methods=tuple(_as_configured(house, provider, way) for way in provider.auth_methods)
    )


def _as_configured(house: House, provider: Provider, method: AuthMethod) -> AuthMethod:
    if method.unavailable_because or method.kind is not CredentialKind.OAUTH2:
        return method
    if provider.key in house.clients:
        return method
    because = f"No OAuth2 client for {provider.name} is configured on this server."
    return replace(method, unavailable_because=because)


def oauth2_method(provider: Provider) -> AuthMethod | None:
    """The way in that a grant of this provider's came by."""
    return next((way for way in provider.auth_methods if way.oauth2 is not None), None)
