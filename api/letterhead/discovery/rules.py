"""Which settings to propose, and which not to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from letterhead.discovery.found import Candidate, Source
from letterhead.wire.server import MailServer
from letterhead.wire.targets import clean_host
from letterhead_providers import Protocol, Security

MOST_NAMES_OF_MX = 4


def is_needless(source: Source, better: Iterable[Candidate]) -> bool:
    """Whether nothing of ``source`` is wanted beside ``better``, what the places before it have found.

    A domain that a provider claims needs no question to anybody; a source needs one answer; and a guess is
    for where nobody knows. It does stay beside mere hearsay, which could be a forger's. What a forged MX
    record can name is only a service of our own catalogue, with its true servers.
    """
    return any(
        candidate.source in (Source.PROVIDER_DOMAIN, source)
        or (source is Source.GUESS and (candidate.trusted or candidate.source is Source.MX_RECORD))
        for candidate in better
    )


def without_repeats(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Each set of servers once, where it is first known, and once more where it is first trusted."""
    kept: list[Candidate] = []
    for candidate in candidates:
        servers = (candidate.smtp, candidate.incoming)
        same = [known for known in kept if (known.smtp, known.incoming) == servers]
        if not same or (candidate.trusted and not any(known.trusted for known in same)):
            kept.append(candidate)
    return tuple(kept)


def pairs(
    smtp: Sequence[MailServer], incoming: Sequence[MailServer]
) -> tuple[tuple[MailServer, MailServer | None], ...]:
    """The best server that sends, with the best of each kind that receives; POP3 first."""
    if not smtp:
        return ()
    best = [
        next((server for server in incoming if server.protocol is protocol), None)
        for protocol in (Protocol.POP3, Protocol.IMAP)
    ]
    return tuple((smtp[0], server) for server in best if server) or ((smtp[0], None),)


def is_within(host: str, domain: str) -> bool:
    return f".{host}".endswith(f".{domain}")


def named_host(text: str) -> str | None:
    """A full name of a host as a remote file or record may give it; None for addresses and single labels,
    for which nobody outside can vouch."""
    try:
        host = clean_host(text)
    except ValueError:
        return None
    is_name = "." in host and ":" not in host and not host.replace(".", "").isdigit()
    return host if is_name else None


# ── records (RFC 1035, RFC 2782, RFC 6186, RFC 8314) ──


def mail_exchangers(records: Iterable[str]) -> tuple[str, ...]:
    """Hosts of MX records, the preferred first. The null MX of RFC 7505 is none."""
    found = []
    for record in records:
        preference, _, target = record.partition(" ")
        host = named_host(target)
        if preference.isdecimal() and host:
            found.append((int(preference), host))
    return tuple(host for _, host in sorted(found))


def names_of_exchanger(host: str) -> tuple[str, ...]:
    """Domains by which a database may know who runs an exchanger, the longest first: without a list of public
    suffixes the shortest may be one, such as co.uk, which no database has."""
    labels = host.split(".")
    names = [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
    return tuple(names[-MOST_NAMES_OF_MX:])


@dataclass(frozen=True, kw_only=True)
class Service:
    """A name that RFC 6186 or RFC 8314 gives to a mail service."""

    name: str
    protocol: Protocol
    security: Security


SERVICES = (
    Service(name="_submissions._tcp", protocol=Protocol.SMTP, security=Security.TLS),
    Service(name="_submission._tcp", protocol=Protocol.SMTP, security=Security.STARTTLS),
    Service(name="_pop3s._tcp", protocol=Protocol.POP3, security=Security.TLS),
    Service(name="_pop3._tcp", protocol=Protocol.POP3, security=Security.STARTTLS),
    Service(name="_imaps._tcp", protocol=Protocol.IMAP, security=Security.TLS),
    Service(name="_imap._tcp", protocol=Protocol.IMAP, security=Security.STARTTLS),
)
"""TLS from the first byte before STARTTLS (RFC 8314 section 3)."""


def offered(service: Service, records: Iterable[str], *, username: str) -> tuple[MailServer, ...]:
    """The servers of SRV records, best first: by priority, then the heaviest, as one setting is proposed
    where RFC 2782 has many clients spread by chance. A target of "." means not offered."""
    found = []
    for record in records:
        fields = record.split(" ")
        if len(fields) != 4 or not all(number.isdecimal() for number in fields[:3]):
            continue
        priority, weight, port = (int(number) for number in fields[:3])
        host = named_host(fields[3])
        if host and 1 <= port <= 65535:
            found.append((priority, -weight, host, port))
    return tuple(
        MailServer(
            protocol=service.protocol, host=host, port=port, security=service.security, username=username
        )
        for _, _, host, port in sorted(found)
    )


# ── guesses ──

_GUESSED = (
    (Protocol.SMTP, ("smtp", "mail"), ((465, Security.TLS), (587, Security.STARTTLS))),
    (Protocol.POP3, ("pop", "mail"), ((995, Security.TLS), (110, Security.STARTTLS))),
    (Protocol.IMAP, ("imap", "mail"), ((993, Security.TLS), (143, Security.STARTTLS))),
)


def guesses(domain: str, *, username: str) -> tuple[MailServer, ...]:
    """Names that most mail servers have, best first."""
    return tuple(
        MailServer(
            protocol=protocol, host=f"{name}.{domain}", port=port, security=security, username=username
        )
        for protocol, names, doors in _GUESSED
        for port, security in doors
        for name in names
    )
