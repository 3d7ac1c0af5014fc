"""From the name of a host to its addresses: the hosts file, then DNS, asked without threads."""

import asyncio
from ipaddress import ip_address
from pathlib import Path

import dns.exception
import dns.resolver
from dns.asyncresolver import Resolver

from letterhead.wire.targets import Address
from letterhead.wire.trouble import Cause, NotReached
from letterhead_providers import LookupOutcome

_LIFETIME = 5.0
_LOOKUP_LIFETIME = 3.0
_MOST_RECORDS = 50
_KINDS = frozenset({"A", "AAAA", "MX", "TXT", "SRV", "CNAME"})


def system_resolver() -> Resolver:
    try:
        return Resolver()
    except dns.resolver.NoResolverConfiguration:
        return Resolver(configure=False)


async def addresses_of(host: str, *, resolver: Resolver, hosts_file: Path) -> tuple[Address, ...]:
    """Every address of ``host``. NotReached with HOST_NOT_FOUND or DNS_FAILED if there is none."""
    known = _literal(host) or _listed(host, hosts_file)
    if known:
        return known
    answers = await asyncio.gather(_ask(resolver, host, "AAAA"), _ask(resolver, host, "A"))
    found = tuple(address for answer in answers for address in answer or ())
    if not found:
        raise NotReached(Cause.DNS_FAILED if None in answers else Cause.HOST_NOT_FOUND)
    return found


def _literal(text: str) -> tuple[Address, ...]:
    try:
        return (ip_address(text),)
    except ValueError:
        return ()


def _listed(host: str, hosts_file: Path) -> tuple[Address, ...]:
    try:
        lines = hosts_file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    entries = (line.partition("#")[0].split() for line in lines)
    return tuple(
        address
        for entry in entries
        if host in (name.lower() for name in entry[1:])
        for address in _literal(entry[0])
    )


async def _ask(resolver: Resolver, host: str, kind: str) -> tuple[Address, ...] | None:
    """None: no answer was had. A name of one label is looked for in the search list, as in a cluster."""
    name = f"{host}." if "." in host else host
    try:
        answer = await resolver.resolve(name, kind, search=True, lifetime=_LIFETIME)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError, EOFError):
        return None
    return tuple(ip_address(record.to_text()) for record in answer)


async def lookup(resolver: Resolver, name: str, kind: str) -> LookupOutcome:
    """One DNS question for a provider's plugin; never raises.

    A name that does not exist, or has no such records, is an answer: no records and no error.
    """
    if kind not in _KINDS:
        return LookupOutcome(error=f"{kind} cannot be looked up")
    try:
        answer = await resolver.resolve(name, kind, search=False, lifetime=_LOOKUP_LIFETIME)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return LookupOutcome()
    except dns.exception.Timeout:
        return LookupOutcome(error="DNS did not answer in time")
    except (dns.exception.DNSException, OSError, EOFError, ValueError):
        return LookupOutcome(error="DNS could not answer")
    return LookupOutcome(records=tuple(record.to_text() for record in list(answer)[:_MOST_RECORDS]))
