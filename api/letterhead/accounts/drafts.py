"""What a person entered about an account, checked and completed. Nothing here touches the network."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.wire.server import MailServer
from letterhead.wire.targets import clean_host
from letterhead_providers import Preset, Protocol, Provider, Security, Server

MOST_ALIASES = 20
MOST_CHARACTERS = 320
MOST_NAME_CHARACTERS = 200
INCOMING = (Protocol.POP3, Protocol.IMAP)

Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ServerInput:
    """``username``: None or empty: what the provider says, or else the address."""

    protocol: Protocol
    host: str
    port: int
    security: Security
    username: str | None = None


@dataclass(frozen=True, kw_only=True)
class AliasInput:
    """A further From address, and the name shown with it."""

    address: str
    display_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An account's address and servers, checked. Domains are A-labels, logins are resolved."""

    address: str
    aliases: tuple[AliasInput, ...]
    provider_key: str
    smtp: MailServer
    incoming: MailServer | None

    @property
    def unencrypted(self) -> tuple[Protocol, ...]:
        """Where everything would go in the clear; no secret may, unless the operator allows it."""
        servers = filter(None, (self.smtp, self.incoming))
        return tuple(server.protocol for server in servers if server.security is Security.NONE)


def parse_draft(
    provider: Provider,
    address: str,
    aliases: Sequence[AliasInput],
    smtp: ServerInput | None,
    incoming: ServerInput | None,
    *,
    prefix: Path = ("draft",),
) -> Draft:
    """A server that is left out is the provider's. Raises Refused with every problem there is.

    ``prefix``: where the input stands, for the paths of the problems.
    """
    problems: list[Problem] = []
    clean_address = parse_address(address, (*prefix, "address"), problems)
    clean_aliases = _aliases(aliases, clean_address, (*prefix, "aliases"), problems)
    preset = closest_preset(provider, smtp, incoming)
    clean_smtp = _server(
        smtp,
        preset.smtp if preset else None,
        clean_address,
        path=(*prefix, "smtp"),
        protocols=(Protocol.SMTP,),
        problems=problems,
    )
    clean_incoming = _server(
        incoming,
        preset.incoming if preset else None,
        clean_address,
        path=(*prefix, "incoming"),
        protocols=INCOMING,
        problems=problems,
    )
    if smtp is None and preset is None:
        message = f"{provider.name} has no settings of its own; say which server sends the mail."
        problems.append(Problem(ProblemCode.REQUIRED, message, (*prefix, "smtp")))
    if problems or clean_smtp is None:
        raise Refused(*problems)
    return Draft(
        address=clean_address,
        aliases=clean_aliases,
        provider_key=provider.key,
        smtp=clean_smtp,
        incoming=clean_incoming,
    )


def address_key(address: str) -> str:
    """The form in which two addresses are the same mailbox to us."""
    return address.lower()


def binding(draft: Draft) -> tuple[str, ...]:
    """What a secret given for all of ``draft`` is bound to."""
    return bound_to(draft.address, draft.smtp, draft.incoming)


def bound_to(address: str, *servers: MailServer | None) -> tuple[str, ...]:
    """The address and the servers a secret is for. Another port, login or security is another place."""
    places = (
        (s.protocol.value, s.host, str(s.port), s.security.value, s.username or "") for s in servers if s
    )
    return (address_key(address), *(part for place in places for part in place))


def closest_preset(
    provider: Provider, smtp: ServerInput | None, incoming: ServerInput | None
) -> Preset | None:
    """The preset that most of what was entered comes from; else the recommended, else the first."""

    def likeness(preset: Preset) -> tuple[int, bool]:
        entered = ((smtp, preset.smtp), (incoming, preset.incoming))
        return sum(_likeness(given, known) for given, known in entered), preset.recommended

    return max(provider.presets, key=likeness, default=None)


def _likeness(given: ServerInput | None, known: Server | None) -> int:
    if given is None or known is None:
        return 0
    alike = (
        given.protocol is known.protocol,
        given.host.strip().lower() == known.host,
        given.port == known.port,
        given.security is known.security,
    )
    return sum(alike)


def parse_address(text: str, path: Path, problems: list[Problem]) -> str:
    """The address with its domain as A-labels; empty, and a problem more, if it is none that we can use."""
    typed = text.strip()
    if not typed:
        problems.append(Problem(ProblemCode.REQUIRED, "Enter the email address.", path))
        return ""
    if _has_controls(typed):
        problems.append(_invalid("There are control characters in the address; type it anew.", path))
        return ""
    try:
        checked = validate_email(
            typed, check_deliverability=False, allow_smtputf8=False, test_environment=True, strict=True
        )
    except EmailNotValidError as exc:
        problems.append(_invalid(_why_not_an_address(typed, str(exc)), path))
        return ""
    assert checked.ascii_email is not None
    return checked.ascii_email


def _why_not_an_address(text: str, why: str) -> str:
    local, at, _ = text.rpartition("@")
    if at and not local.isascii():
        return (
            "Letters beyond a to z before the @ are not supported yet, because many servers cannot deliver "
            "to them; enter an address without them."
        )
    return f"This is not an email address we can use. {why}"


def _aliases(
    aliases: Sequence[AliasInput], address: str, path: Path, problems: list[Problem]
) -> tuple[AliasInput, ...]:
    if len(aliases) > MOST_ALIASES:
        problems.append(_invalid(f"An account has at most {MOST_ALIASES} further addresses.", path))
        return ()
    seen, clean = {address_key(address)}, []
    for number, alias in enumerate(aliases):
        here = (*path, str(number))
        checked = parse_address(alias.address, (*here, "address"), problems)
        if checked and address_key(checked) in seen:
            problems.append(_invalid(f"{checked} is there already; leave it out.", (*here, "address")))
        seen.add(address_key(checked))
        name = parse_display_name(alias.display_name, (*here, "displayName"), problems)
        clean.append(AliasInput(address=checked, display_name=name))
    return tuple(clean)


def parse_display_name(text: str | None, path: Path, problems: list[Problem]) -> str | None:
    name = (text or "").strip()
    if _has_controls(name):
        problems.append(_invalid("There are control characters in the name; type it anew.", path))
    if len(name) > MOST_NAME_CHARACTERS:
        problems.append(_invalid(f"A name has at most {MOST_NAME_CHARACTERS} characters.", path))
    return name or None


def _server(
    given: ServerInput | None,
    known: Server | None,
    address: str,
    *,
    path: Path,
    protocols: tuple[Protocol, ...],
    problems: list[Problem],
) -> MailServer | None:
    template = known.username if known else "{address}"
    login = login_for(template, address)
    if not template and not (given and (given.username or "").strip()):
        message = "This service has logins of its own; enter yours, with the server."
        problems.append(Problem(ProblemCode.REQUIRED, message, (*path, "username")))
    if given is None:
        if known is None:
            return None
        return MailServer(
            protocol=known.protocol,
            host=known.host,
            port=known.port,
            security=known.security,
            username=login,
        )
    if given.protocol not in protocols:
        message = f"This server has to speak {' or '.join(protocols)}."
        problems.append(_invalid(message, (*path, "protocol")))
    if not 1 <= given.port <= 65535:
        problems.append(_invalid("A port is a number from 1 to 65535.", (*path, "port")))
    return MailServer(
        protocol=given.protocol,
        host=_host(given.host, (*path, "host"), problems),
        port=given.port,
        security=given.security,
        username=_username(given.username, (*path, "username"), problems) or login,
    )


def _host(text: str, path: Path, problems: list[Problem]) -> str:
    if not text.strip():
        problems.append(Problem(ProblemCode.REQUIRED, "Enter the name of the server.", path))
        return ""
    try:
        return clean_host(text)
    except ValueError as exc:
        problems.append(_invalid(str(exc), path))
        return ""


def _username(text: str | None, path: Path, problems: list[Problem]) -> str:
    login = (text or "").strip()
    if _has_controls(login):
        problems.append(_invalid("There are control characters in the login; type it anew.", path))
    if len(login) > MOST_CHARACTERS:
        problems.append(_invalid(f"A login has at most {MOST_CHARACTERS} characters.", path))
    return login


def login_for(template: str, address: str) -> str:
    """``template`` as in ``Server.username``, filled in."""
    local, _, domain = address.rpartition("@")
    parts = {"{address}": address, "{local}": local, "{domain}": domain}
    return re.sub(r"\{(?:address|local|domain)\}", lambda hole: parts[hole[0]], template)


def _has_controls(text: str) -> bool:
    """Line ends and escapes, invisible marks that reorder text, and halves of surrogate pairs."""
    return any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text)


def _invalid(message: str, path: Path) -> Problem:
    return Problem(ProblemCode.INVALID, message, path)
