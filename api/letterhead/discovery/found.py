"""What was found out about an address's settings, and how."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from letterhead.wire.server import MailServer
from letterhead_providers import AuthMethod


class Source(StrEnum):
    """How settings became known, the most reliable first."""

    PROVIDER_DOMAIN = "PROVIDER_DOMAIN"
    MX_RECORD = "MX_RECORD"
    AUTOCONFIG = "AUTOCONFIG"
    ISPDB = "ISPDB"
    SRV_RECORD = "SRV_RECORD"
    GUESS = "GUESS"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """``trusted``: False when any link of the chain that led here was unauthenticated.

    ``methods``: ways in of the provider ``provider_key``, best first; none: no way in is known here.
    """

    provider_key: str | None
    smtp: MailServer
    incoming: MailServer | None
    methods: tuple[AuthMethod, ...]
    source: Source
    trusted: bool


@dataclass(frozen=True, kw_only=True)
class TrailStep:
    """One place that was asked, and what came of it in words."""

    source: Source
    outcome: str
    took_ms: int


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """``candidates``: best first."""

    address: str
    candidates: tuple[Candidate, ...]
    trail: tuple[TrailStep, ...]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one place answered."""

    outcome: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """One place to ask. ``after``: looks that have to be over before."""

    source: Source
    ask: Callable[[], Awaitable[Finding]]
    after: "tuple[Look, ...]" = ()
