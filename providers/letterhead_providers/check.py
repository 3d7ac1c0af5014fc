"""A provider's own checks, run at the end of an account test: a generator like a sign-in flow.

It yields ``Lookup`` and ``Fetch`` and is sent their outcomes, and yields each ``Finding`` as it is made.
"""

from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum

from letterhead_providers.flow import Fetch, FetchOutcome, Lookup, LookupOutcome
from letterhead_providers.provider import CredentialKind, Provider, Server
from letterhead_providers.reply import Diagnosis


class Verdict(StrEnum):
    """FAILED blocks saving; WARNED is shown and can be saved."""

    PASSED = "PASSED"
    WARNED = "WARNED"
    FAILED = "FAILED"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The account under test, without its secret, and what its servers said of themselves.

    ``greeting`` and ``capabilities``: SMTP's banner and EHLO keywords, cleaned.
    ``aliases``: the further From addresses.
    """

    provider: Provider
    address: str
    aliases: tuple[str, ...]
    smtp: Server
    incoming: Server | None
    kind: CredentialKind
    greeting: str = ""
    capabilities: tuple[str, ...] = ()
    incoming_capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was checked. ``diagnosis`` says why it is not PASSED."""

    title: str
    verdict: Verdict
    evidence: str | None = None
    diagnosis: Diagnosis | None = None


CheckNeed = Lookup | Fetch | Finding
CheckOutcome = LookupOutcome | FetchOutcome | None
Checks = Generator[CheckNeed, CheckOutcome, None]
