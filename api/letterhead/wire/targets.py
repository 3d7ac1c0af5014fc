"""Which hosts and addresses may be dialled. Every host that a person gives is hostile until judged here."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import idna

Address = IPv4Address | IPv6Address

MAIL_PORTS = frozenset({25, 465, 587, 2525, 110, 995, 143, 993})
WEB_PORTS = frozenset({80, 443})

# Our own table, because what ``ipaddress`` calls private differs between versions of Python.
# IANA's special-purpose registries (RFC 6890) and the metadata services of clouds.
_DENIED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598; metadata 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a metadata service on a public address
        "169.254.0.0/16",  # link-local; metadata 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; metadata 192.0.0.192
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # AMT, RFC 7450
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112, RFC 7534
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
"""All that is given out as global unicast. Outside are loopback, mapped (::ffff:0:0/96) and NAT64
(64:ff9b::/96, 64:ff9b:1::/48) addresses, unique local fc00::/7, link-local fe80::/10, multicast ff00::/8."""
_DENIED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, carries any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation, RFC 9637
    )
)


@dataclass(frozen=True)
class AllowedTarget:
    """A network the operator has opened. No ``ports``: the mail ports."""

    network: IPv4Network | IPv6Network
    ports: frozenset[int]


def permitted(
    address: Address,
    port: int,
    allowed: tuple[AllowedTarget, ...] = (),
    *,
    ports: frozenset[int] = MAIL_PORTS,
) -> bool:
    """Whether this address may be dialled on this port.

    ``ports``: MAIL_PORTS, or WEB_PORTS for HTTP. Neither goes to the other's, not even in an opened network.
    """
    if port in (MAIL_PORTS | WEB_PORTS) - ports:
        return False
    return opened(address, port, allowed) or (port in ports and _is_public(address))


def opened(address: Address, port: int, allowed: tuple[AllowedTarget, ...]) -> bool:
    """Whether the operator has opened this address with this port, whatever kind of address it is."""
    return any(address in target.network and port in (target.ports or MAIL_PORTS) for target in allowed)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _DENIED_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _DENIED_V6)


_ENTRY = re.compile(
    r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[^\[\]:]+))(?::(?P<ports>[0-9+]+))?|(?P<other>.+)", re.DOTALL
)


def parse_allowed_targets(text: str) -> tuple[AllowedTarget, ...]:
    """``10.1.0.0/16, 127.0.0.1/32:2525+1110, [fd00::/8]:25``; ValueError says which entry is wrong."""
    entries = enumerate((entry.strip() for entry in text.split(",")), start=1)
    return tuple(_allowed_target(number, entry) for number, entry in entries if entry)


def _allowed_target(number: int, entry: str) -> AllowedTarget:
    parts = _ENTRY.fullmatch(entry)
    assert parts, "the last branch takes anything"
    try:
        network = ip_network(parts["v6"] or parts["v4"] or parts["other"])
        return AllowedTarget(network, _ports(parts["ports"]))
    except ValueError:  # which quotes what may be a secret in the wrong place
        raise ValueError(
            f"entry {number} is no network; write 10.1.0.0/16, without bits beyond the 16, "
            "127.0.0.1/32:2525+1110 with ports, or [fd00::/8]:25"
        ) from None


def _ports(text: str | None) -> frozenset[int]:
    words = text.split("+") if text else ()
    if not all(0 < int(word[:6] or 0) <= 65535 for word in words):
        raise ValueError("a port is a number from 1 to 65535")
    return frozenset(map(int, words))


_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def clean_host(text: str) -> str:
    """What a person typed, as A-labels in lower case without the trailing dot, or an address in its one form.

    ValueError with a sentence for the person. Whatever a resolver would read as a number in disguise
    (``127.1``, ``0x7f000001``, ``１２７.１``) is refused, as in the URL standard's “ends in a number”.
    """
    typed = text.strip(" ")
    if not typed:
        raise ValueError("Enter the name of the server, such as smtp.example.com.")
    if len(typed) > 253:
        raise ValueError("This is longer than a server’s name can be.")
    bracketed = typed.startswith("[") and typed.endswith("]")
    return _address(typed[1:-1] if bracketed else typed) or _name(typed)


def _address(text: str) -> str | None:
    if "%" in text:
        raise ValueError("Enter the address without a zone (the part from %).")
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _name(typed: str) -> str:
    if "/" in typed:
        raise ValueError("Enter only the server’s name, without “/”, such as smtp.example.com.")
    if "@" in typed:
        raise ValueError("Enter the name of the server, not an email address.")
    try:
        host = idna.uts46_remap(typed, std3_rules=True).removesuffix(".")
        literal = _address(host)
        if literal:
            return literal
        labels = [idna.alabel(label).decode("ascii") for label in host.split(".")]
    except (idna.IDNAError, UnicodeError):
        raise ValueError("This is not a server’s name; it should look like smtp.example.com.") from None
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("This is not a server’s name; it should look like smtp.example.com.")
    if _NUMBER.fullmatch(labels[-1]):
        raise ValueError("Write a numeric address in full, such as 192.0.2.25.")
    if len(name := ".".join(labels)) > 253:
        raise ValueError("This is longer than a server’s name can be.")
    return name
