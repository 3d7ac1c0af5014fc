"""A server as an account knows it: where it is and who signs in there."""

from dataclasses import dataclass

from letterhead_providers import Protocol, Security, Server


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """``host``: A-labels, lower case, no trailing dot. ``username``: the login, resolved, not a template."""

    protocol: Protocol
    host: str
    port: int
    security: Security
    username: str | None = None


def for_plugins(server: MailServer) -> Server:
    """The same, in the words of the provider contract."""
    return Server(
        protocol=server.protocol,
        host=server.host,
        port=server.port,
        security=server.security,
        username=server.username or "",
    )
