"""Presets of mailbox services, which nearly all lay their servers out alike."""

from collections.abc import Sequence

from letterhead_providers import Preset, Protocol, Security, Server

SHOWN = {Security.TLS: "TLS", Security.STARTTLS: "STARTTLS", Security.NONE: "no encryption"}


def submission(host: str, port: int = 465, *, username: str = "{address}") -> Server:
    """Port 465 is TLS from the first byte; any other starts without (RFC 8314 section 3.3)."""
    security = Security.TLS if port == 465 else Security.STARTTLS
    return Server(protocol=Protocol.SMTP, host=host, port=port, security=security, username=username)


def pop3(host: str, *, username: str = "{address}") -> Server:
    return Server(protocol=Protocol.POP3, host=host, port=995, security=Security.TLS, username=username)


def imap(host: str, *, username: str = "{address}") -> Server:
    return Server(protocol=Protocol.IMAP, host=host, port=993, security=Security.TLS, username=username)


def presets(smtp: Sequence[Server], incoming: Sequence[Server], *, where: str = "") -> tuple[Preset, ...]:
    """Both best first: every way to send with the first way to receive, then the other ways to receive.

    ``where``: what the labels begin with, for a service with servers in several places; those presets
    are not recommended by themselves.
    """
    pairs = [(server, incoming[0]) for server in smtp] + [(smtp[0], server) for server in incoming[1:]]
    return tuple(
        Preset(
            label=f"{f'{where}: ' if where else ''}{SHOWN[sends.security]}, incoming by {receives.protocol}",
            smtp=sends,
            incoming=receives,
            recommended=number == 0 and not where,
        )
        for number, (sends, receives) in enumerate(pairs)
    )
