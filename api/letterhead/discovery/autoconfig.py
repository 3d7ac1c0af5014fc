"""Thunderbird's autoconfig files, version 1.1 (draft-ietf-mailmaint-autoconfig), read as they are written.

Nothing is judged here: a server of a kind, security or way to sign in that nobody knows is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from letterhead.discovery.markup import NotReadable, parse

__all__ = ["ClientConfig", "ConfigServer", "NotReadable", "fill", "read"]


@dataclass(frozen=True, kw_only=True)
class Words:
    """``language``: such as ``pt-BR``; None where the file does not say."""

    text: str
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page about the service, and what it is about, in several languages."""

    url: str
    words: tuple[Words, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OAuth2:
    """``scope``: separated by spaces (RFC 6749 section 3.3)."""

    issuer: str = ""
    scope: str = ""
    authorize_url: str = ""
    token_url: str = ""


@dataclass(frozen=True, kw_only=True)
class ConfigServer:
    """``host`` and ``username`` are templates for ``fill``.

    ``kind``: smtp, pop3, imap, or any other such as ews. ``socket_type``: SSL, STARTTLS, plain.
    ``authentication``: best first. ``restrictions``: who may use it at all, such as client-IP-address.
    ``others``: everything else the file says, as names and texts.
    """

    kind: str
    host: str | None = None
    port: int | None = None
    socket_type: str | None = None
    username: str | None = None
    authentication: tuple[str, ...] = ()
    restrictions: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClientConfig:
    """``domains``: of addresses, and base names of mail exchangers. Servers are in the file's order."""

    id: str = ""
    domains: tuple[str, ...] = ()
    display_name: str | None = None
    short_name: str | None = None
    incoming: tuple[ConfigServer, ...] = ()
    outgoing: tuple[ConfigServer, ...] = ()
    oauth2: tuple[OAuth2, ...] = ()
    enable: tuple[Page, ...] = ()
    documentation: tuple[Page, ...] = ()


def read(xml: bytes) -> ClientConfig:
    """Raises NotReadable, a ValueError, for anything that is not such a file."""
    root = parse(xml)
    if root.tag != "clientConfig" or root.find("emailProvider") is None:
        raise NotReadable("The file is not an autoconfig file.")
    provider = root.find("emailProvider")
    assert provider is not None
    return ClientConfig(
        id=provider.get("id", ""),
        domains=tuple(filter(None, (_text(domain).lower() for domain in root.iter("domain")))),
        display_name=_first(provider, "displayName"),
        short_name=_first(provider, "displayShortName"),
        incoming=tuple(_server(server) for server in root.iter("incomingServer")),
        outgoing=tuple(_server(server) for server in root.iter("outgoingServer")),
        oauth2=tuple(_oauth2(block) for block in root.iter("oAuth2")),
        enable=tuple(_page(step, "visiturl", "instruction") for step in root.iter("enable")),
        documentation=tuple(_pages(root)),
    )


_HOLE = re.compile(r"%(EMAILADDRESS|EMAILLOCALPART|EMAILDOMAIN)(?:%|(?![A-Z]))")
_OTHER_HOLE = re.compile(r"%[A-Z][A-Z0-9_]{2,}%")


def fill(template: str, *, local: str | None, domain: str) -> str | None:
    """``template`` for an address; None when it asks for what is not known.

    ``local``: None where the local part must not be used. A closing percent sign may be missing; a percent
    escape such as ``%C3%A9`` is no placeholder.
    """
    values = {"EMAILDOMAIN": domain}
    if local is not None:
        values |= {"EMAILLOCALPART": local, "EMAILADDRESS": f"{local}@{domain}"}
    wanted = {hole[1] for hole in _HOLE.finditer(template)}
    if wanted - values.keys() or _OTHER_HOLE.search(_HOLE.sub("", template)):
        return None
    return _HOLE.sub(lambda hole: values[hole[1]], template)


_KNOWN = frozenset({"hostname", "port", "socketType", "username", "authentication", "restriction"})


def _server(element: Element) -> ConfigServer:
    others = ((child.tag, " ".join(" ".join(child.itertext()).split())) for child in element)
    return ConfigServer(
        kind=element.get("type", "").strip().lower(),
        host=_first(element, "hostname"),
        port=_port(_first(element, "port")),
        socket_type=_first(element, "socketType"),
        username=_first(element, "username"),
        authentication=_every(element, "authentication"),
        restrictions=_every(element, "restriction"),
        others=tuple(other for other in others if other[0] not in _KNOWN),
    )


def _port(text: str | None) -> int | None:
    number = int(text) if text and re.fullmatch(r"[0-9]{1,5}", text) else 0
    return number if 1 <= number <= 65535 else None


def _oauth2(element: Element) -> OAuth2:
    return OAuth2(
        issuer=_first(element, "issuer") or "",
        scope=_first(element, "scope") or "",
        authorize_url=_first(element, "authURL") or "",
        token_url=_first(element, "tokenURL") or "",
    )


def _pages(root: Element) -> Iterator[Page]:
    """Old files call a page of the documentation an instruction; one inside ``enable`` is a step."""
    for provider in root.iter("emailProvider"):
        for child in provider:
            if child.tag in ("documentation", "instruction"):
                yield _page(child, "url", "descr")


def _page(element: Element, url: str, words: str) -> Page:
    return Page(
        url=element.get(url, "").strip(),
        words=tuple(Words(text=_text(child), language=child.get("lang")) for child in element.iter(words)),
    )


def _first(element: Element, name: str) -> str | None:
    return next(iter(_every(element, name)), None)


def _every(element: Element, name: str) -> tuple[str, ...]:
    return tuple(filter(None, (_text(child) for child in element.findall(name))))


def _text(element: Element) -> str:
    return "".join(element.itertext()).strip()
