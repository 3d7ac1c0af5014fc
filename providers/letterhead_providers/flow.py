"""A sign-in flow: a generator that yields what it needs and is sent what came of it.

A flow never does input or output. It asks, the house does, and the outcome is recorded, sealed, before
the generator goes on. In another process the flow is run again from its start with the recorded
outcomes, so a flow must be a pure function of its ``SignInStart`` and of what it is sent.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from letterhead_providers.grant import Grant
from letterhead_providers.provider import AuthMethod, CredentialKind, Provider, Server
from letterhead_providers.reply import Diagnosis, Instruction


@dataclass(frozen=True, kw_only=True)
class SignInStart:
    """All that a flow may know at its start. ``state``, ``nonce`` and ``verifier`` are made by the house
    (RFC 6749 section 10.12, RFC 7636); ``now`` is the moment the flow was started, in UTC.

    ``callback_url``: where the service sends the person back to after a ``Visit``.
    ``client_id`` and ``client_secret``: as the service knows this server, from the operator's configuration;
    empty: no client is configured, or a public one that has no secret.
    """

    provider: Provider
    method: AuthMethod
    address: str
    smtp: Server
    incoming: Server | None
    now: datetime
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    callback_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """A grant whose access token has run out, and what is needed to renew it, as in ``SignInStart``."""

    provider: Provider
    method: AuthMethod
    grant: Grant
    now: datetime
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing to fill in. ``pattern`` must match the whole answer, after ``normalize`` has seen it."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    pattern: str | None = None
    help: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Show a form. Sent back: a mapping of field names to answers."""

    title: str
    fields: tuple[Field, ...]
    instructions: tuple[Instruction, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Send the person to ``url`` at the service, https and at a host that the provider declares.

    Sent back: the callback's query as a mapping, in which ``state`` is the one of the flow's start.
    """

    url: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """An HTTPS request to a host that the provider declares. Sent back: a ``FetchOutcome``."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class FetchOutcome:
    """``status`` 0 and ``error`` set: no answer was had. ``at``: when it was had, in UTC."""

    status: int
    body: str = field(default="", repr=False)
    error: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """A DNS question. ``kind``: A, AAAA, MX, TXT, SRV or CNAME. Sent back: a ``LookupOutcome``."""

    name: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class LookupOutcome:
    """``records``: in presentation format (RFC 1035 section 5). ``error``: no answer was had."""

    records: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Let ``seconds`` go by before going on. Sent back: None."""

    message: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Done:
    """The way in was found. ``secret``: for OAUTH2 a ``Grant`` as text.

    ``expires_at``: when the secret stops working for good, in UTC, where that is known. An access token that
    is renewed by a refresh token does not.
    """

    kind: CredentialKind
    secret: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Refuse:
    """There is no way in like this, and why. ``retryable``: starting again may help."""

    diagnosis: Diagnosis
    retryable: bool = False


SignInNeed = Ask | Visit | Fetch | Lookup | Wait
SignInOutcome = Mapping[str, str] | FetchOutcome | LookupOutcome | None
SignInFlow = Generator[SignInNeed, SignInOutcome, Done | Refuse]
