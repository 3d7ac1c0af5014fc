"""What follows from how a server failed: where else to look, and by which other name to sign in."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

from letterhead.wire.server import MailServer
from letterhead_providers import Protocol, Security

MOST_NEIGHBOURS = 6
"""For each of the two legs, so that a test knocks at twelve doors at most."""

_DOORS = {
    Protocol.SMTP: ((465, Security.TLS), (587, Security.STARTTLS)),
    Protocol.POP3: ((995, Security.TLS), (110, Security.STARTTLS)),
    Protocol.IMAP: ((993, Security.TLS), (143, Security.STARTTLS)),
}
_NAMES = {
    Protocol.SMTP: ("smtp", "mail"),
    Protocol.POP3: ("pop", "pop3", "mail"),
    Protocol.IMAP: ("imap", "mail"),
}
_USUAL = frozenset({"smtp", "mail", "pop", "pop3", "imap", "email", "webmail", "mx"})
"""First labels that may be replaced. Another one could be a name of its own, and what is next to it a
stranger's: beside ``example.co.uk`` there is a ``smtp.co.uk``."""


def neighbours(server: MailServer, domain: str) -> tuple[MailServer, ...]:
    """Where a server of this kind most likely is, if not at ``server``; the likeliest first, all encrypted.

    ``domain``: of the address.
    """
    found = dict.fromkeys(_around(server, domain))
    found.pop(server, None)
    return tuple(found)[:MOST_NEIGHBOURS]


def _around(server: MailServer, domain: str) -> Iterator[MailServer]:
    other = Security.STARTTLS if server.security is Security.TLS else Security.TLS
    yield replace(server, security=other)
    if server.security is Security.NONE:
        yield replace(server, security=Security.STARTTLS)
    hosts = (server.host, *_namesakes(server, domain))
    for port, security in _DOORS[server.protocol]:
        yield replace(server, port=port, security=security)
    for host in hosts[1:]:
        for port, security in _DOORS[server.protocol]:
            yield replace(server, host=host, port=port, security=security)


def _namesakes(server: MailServer, domain: str) -> tuple[str, ...]:
    """Such as ``smtp.example.com`` for ``mail.example.com``, and for the domain ``example.com`` itself."""
    if _is_address(server.host):
        return ()
    first, _, rest = server.host.partition(".")
    if server.host == domain:
        rest = domain
    elif first not in _USUAL or "." not in rest:
        return ()
    return tuple(f"{name}.{rest}" for name in _NAMES[server.protocol] if f"{name}.{rest}" != server.host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def other_login(username: str, address: str) -> str:
    """The part before the @ for the whole address, and the address for anything else."""
    return address.rpartition("@")[0] if username.lower() == address.lower() else address


def with_login(server: MailServer, username: str, instead_of: str) -> MailServer:
    return replace(server, username=username) if server.username == instead_of else server
