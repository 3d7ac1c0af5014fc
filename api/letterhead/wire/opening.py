"""How any conversation begins: find the host, connect, and TLS where the account's settings put it."""

import ssl
from asyncio import BaseTransport
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from socket import socket
from typing import Any

from letterhead.wire.clean import clean
from letterhead.wire.dial import Dialler, Route
from letterhead.wire.server import MailServer
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Security, Stage

Step = Callable[[], Awaitable[str]]
Opening = tuple[tuple[Stage, Step], ...]


class Approach:
    """The way to a server, up to a connected socket that ``take`` hands over."""

    def __init__(self, server: MailServer, dialler: Dialler) -> None:
        self._server = server
        self._dialler = dialler
        self._route: Route | None = None
        self._sock: socket | None = None

    async def resolve(self) -> str:
        server = self._server
        self._route = await self._dialler.resolve(server.protocol, server.host, server.port)
        return f"{server.host} is {', '.join(map(str, self._route.addresses))}"

    async def connect(self) -> str:
        assert self._route, "resolve comes first"
        self._sock = await self._dialler.connect(self._server.protocol, self._route)
        try:
            peer = self._sock.getpeername()[0]
        except OSError:  # gone again already
            self.close()
            raise WireError(self._server.protocol, Stage.CONNECT, Cause.DISCONNECTED) from None
        return f"Connected to {peer}, port {self._server.port}"

    def take(self) -> socket:
        sock, self._sock = self._sock, None
        assert sock, "connect comes first"
        return sock

    def close(self) -> None:
        if self._sock:
            self._sock.close()
            self._sock = None


def in_order(
    security: Security, approach: Approach, *, greeting: Step, tls: Step, capabilities: Step
) -> Opening:
    """TLS from the first byte, after the greeting, or not at all."""
    way: Opening = ((Stage.RESOLVE, approach.resolve), (Stage.CONNECT, approach.connect))
    hello: Opening = ((Stage.GREETING, greeting),)
    shield: Opening = ((Stage.TLS, tls),)
    last: Opening = ((Stage.CAPABILITIES, capabilities),)
    match security:
        case Security.TLS:
            return way + shield + hello + last
        case Security.STARTTLS:
            return way + hello + shield + last
        case Security.NONE:
            return way + hello + last


def tls_evidence(transport: BaseTransport | None) -> str:
    """Such as ``TLSv1.3, TLS_AES_256_GCM_SHA384, certificate by Example CA until 2027-01-31``."""
    tls = transport and transport.get_extra_info("ssl_object")
    assert isinstance(tls, ssl.SSLObject)
    certificate: dict[str, Any] = tls.getpeercert() or {}
    cipher, *_ = tls.cipher() or ("no cipher",)
    issuer = {key: value for part in certificate.get("issuer", ()) for key, value in part}
    name = clean(issuer.get("organizationName") or issuer.get("commonName") or "an unnamed authority", 100)
    return f"{tls.version()}, {cipher}, certificate by {name} until {_end_of(certificate).date()}"


def certificate_ends(transport: BaseTransport | None) -> datetime | None:
    """None where the connection is not encrypted."""
    tls = transport and transport.get_extra_info("ssl_object")
    certificate = tls.getpeercert() if isinstance(tls, ssl.SSLObject) else None
    return _end_of(certificate) if certificate else None


def _end_of(certificate: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
