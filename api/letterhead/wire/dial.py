"""The one place that opens connections to hosts a person has named."""

import errno
import socket
import ssl
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from letterhead.errors import ConfigurationError
from letterhead.wire import race
from letterhead.wire.targets import MAIL_PORTS, WEB_PORTS, Address, AllowedTarget, opened, permitted
from letterhead.wire.trouble import Cause, NotReached, WireError
from letterhead_providers import LookupOutcome, Protocol, Stage

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

_MOST_ADDRESSES = 16


@dataclass(frozen=True, kw_only=True)
class Route:
    """A host and the addresses it was judged by. The host is kept for the certificate."""

    host: str
    port: int
    addresses: tuple[Address, ...]


class Dialler:
    """Resolves once, judges every address and dials those very ones, so that DNS cannot change its mind.

    ``allowed``: networks the operator opened. ``ca_file``: authorities trusted besides the system's.
    Sets no deadlines: callers do, and a cancelled call leaves no socket.
    """

    def __init__(
        self,
        *,
        allowed: tuple[AllowedTarget, ...] = (),
        ca_file: Path | None = None,
        resolver: "Resolver | None" = None,
        hosts_file: Path = Path("/etc/hosts"),
    ) -> None:
        if ca_file is not None:
            _load_authorities(self.tls, ca_file)
        self._allowed = allowed
        self._resolver = resolver
        self._hosts_file = hosts_file

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Made when it is first needed: the system's authorities take 24 ms to load."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    async def resolve(self, protocol: Protocol, host: str, port: int) -> Route:
        """WireError at RESOLVE; a target that may not be dialled never learns why."""
        try:
            return await self._judge(host, port, MAIL_PORTS)
        except NotReached as exc:
            cause = exc.cause
        raise WireError(protocol, Stage.RESOLVE, cause)

    async def connect(self, protocol: Protocol, route: Route) -> socket.socket:
        """A connected, non-blocking socket, the caller's to close. WireError at CONNECT."""
        try:
            return await self._reach(route)
        except NotReached as exc:
            cause = exc.cause
        raise WireError(protocol, Stage.CONNECT, cause)

    async def judge_web(self, host: str, port: int, *, only_opened: bool = False) -> Route:
        """Whether HTTP may be spoken there. ``only_opened``: in networks the operator opened, and no other.
        NotReached."""
        route = await self._judge(host, port, WEB_PORTS)
        if only_opened and not all(opened(address, port, self._allowed) for address in route.addresses):
            raise NotReached(Cause.TARGET_REFUSED)
        return route

    async def connect_web(self, host: str, port: int, *, only_opened: bool = False) -> socket.socket:
        """The same two steps for HTTP, on ports of its own. NotReached."""
        return await self._reach(await self.judge_web(host, port, only_opened=only_opened))

    async def _judge(self, host: str, port: int, ports: frozenset[int]) -> Route:
        from letterhead.wire import names  # noqa: PLC0415 - see _asked

        addresses = await names.addresses_of(host, resolver=self._asked(), hosts_file=self._hosts_file)
        if not all(permitted(address, port, self._allowed, ports=ports) for address in addresses):
            raise NotReached(Cause.TARGET_REFUSED)
        return Route(host=host, port=port, addresses=race.interleave(addresses)[:_MOST_ADDRESSES])

    async def _reach(self, route: Route) -> socket.socket:
        try:
            return await race.connect_first(route.addresses, route.port)
        except ExceptionGroup as group:
            cause = _why(group.exceptions)
        raise NotReached(cause)

    async def lookup(self, name: str, kind: str) -> LookupOutcome:
        """A DNS question of a plugin's. Never raises."""
        from letterhead.wire import names  # noqa: PLC0415 - see _asked

        return await names.lookup(self._asked(), name, kind)

    def _asked(self) -> "Resolver":
        """What asks DNS is loaded for the first name that is not known: much that starts never asks."""
        from letterhead.wire import names  # noqa: PLC0415 - see above

        if self._resolver is None:
            self._resolver = names.system_resolver()
        return self._resolver


def _why(errors: tuple[Exception, ...]) -> Cause:
    numbers = {error.errno for error in errors if isinstance(error, OSError)}
    if errno.ECONNREFUSED in numbers:
        return Cause.CONNECTION_REFUSED
    return Cause.TIMEOUT if errno.ETIMEDOUT in numbers else Cause.UNREACHABLE


def _load_authorities(context: ssl.SSLContext, ca_file: Path) -> None:
    try:
        context.load_verify_locations(cafile=ca_file)
    except ssl.SSLError:
        raise ConfigurationError(f"LETTERHEAD_CA_FILE: {ca_file} holds no certificate in PEM form") from None
    except OSError as exc:
        raise ConfigurationError(
            f"LETTERHEAD_CA_FILE: the file cannot be read ({exc.strerror}); name a PEM file"
        ) from None
