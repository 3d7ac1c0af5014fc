"""A mail service as data: who it is, where its servers are, how one gets in."""

from dataclasses import dataclass
from enum import StrEnum

from letterhead_providers.reply import Actor, DiagnosisCode, Instruction, Protocol, Retry, Stage

CONTRACT = 1
"""The version of this contract. A plugin says the one it was written for with ``CONTRACT = 1``."""


class ProviderKind(StrEnum):
    MAILBOX = "MAILBOX"
    RELAY = "RELAY"
    CUSTOM = "CUSTOM"
    SANDBOX = "SANDBOX"


class Security(StrEnum):
    """TLS from the first byte (RFC 8314), an upgrade by STARTTLS or STLS, or none at all."""

    TLS = "TLS"
    STARTTLS = "STARTTLS"
    NONE = "NONE"


class CredentialKind(StrEnum):
    PASSWORD = "PASSWORD"
    APP_PASSWORD = "APP_PASSWORD"
    API_KEY = "API_KEY"
    OAUTH2 = "OAUTH2"
    NONE = "NONE"


class SendAsRule(StrEnum):
    """Which From addresses the service lets a signed-in account use."""

    LOGIN_ONLY = "LOGIN_ONLY"
    VERIFIED_ADDRESSES = "VERIFIED_ADDRESSES"
    VERIFIED_DOMAINS = "VERIFIED_DOMAINS"
    ANY = "ANY"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, kw_only=True)
class Server:
    """``username``: a template of the login: ``{address}``, ``{local}``, ``{domain}``, or fixed text."""

    protocol: Protocol
    host: str
    port: int
    security: Security
    username: str = "{address}"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One set of servers that works together. ``incoming`` is None for a relay."""

    label: str
    smtp: Server
    incoming: Server | None
    recommended: bool = False


@dataclass(frozen=True, kw_only=True)
class SecretFormat:
    """The shape of a secret, or of a login.

    ``pattern``: a regular expression the whole normalised secret must match. One open repeat at most
    that may give characters back; write further ones as possessive, and no look-arounds or references.
    ``strip``: characters that do not count and are removed, such as the spaces of an app password.
    ``description``: the shape in words, shown when a secret does not fit.
    """

    pattern: str
    description: str
    strip: str = ""


@dataclass(frozen=True, kw_only=True)
class OAuth2:
    """A service's authorization server (RFC 6749), and how its tokens sign in.

    ``mechanisms``: SASL mechanisms its mail servers take the token by, best first: XOAUTH2, OAUTHBEARER.
    ``parameters``: further parameters of the authorization request, such as those that bring a refresh token.
    ``identity_claim``: the claim of the ID token that names the mailbox; None: the service gives no ID token.
    ``pkce``: whether the code is bound to its requester (RFC 7636).
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    mechanisms: tuple[str, ...] = ("XOAUTH2",)
    parameters: tuple[tuple[str, str], ...] = ()
    identity_claim: str | None = None
    pkce: bool = True


@dataclass(frozen=True, kw_only=True)
class AuthMethod:
    """A way in.

    ``instructions``: the steps at the service before the secret can be entered here.
    ``login_format``: the shape of the login, where the service gives out logins of its own; its description
    says what that is. Nothing is stripped from a login.
    ``unavailable_because``: why it cannot be used here, though the service offers it; one sentence.
    """

    key: str
    title: str
    kind: CredentialKind
    recommended: bool = False
    requires_two_factor: bool = False
    instructions: tuple[Instruction, ...] = ()
    secret_label: str = "Password"
    secret_format: SecretFormat | None = None
    login_format: SecretFormat | None = None
    unavailable_because: str | None = None
    oauth2: OAuth2 | None = None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the service allows one account. None: no sourced number. ``source``: an https URL."""

    messages_per_minute: int | None = None
    messages_per_day: int | None = None
    recipients_per_message: int | None = None
    bytes_per_message: int | None = None
    note: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class KnownReply:
    """A reply this service is documented to give, and what it means.

    A reply is recognised when every condition that is given holds.

    ``code``: the basic code. ``enhanced``: the enhanced status, without the class's meaning guessed.
    ``phrase``: words that stand in the reply, compared without case and with white space folded.
    ``stages``: where it may be said; empty: anywhere.
    """

    diagnosis: DiagnosisCode
    title: str
    explanation: str
    code: int | None = None
    enhanced: str | None = None
    phrase: str | None = None
    stages: tuple[Stage, ...] = ()
    advice: tuple[Instruction, ...] = ()
    actor: Actor = Actor.MAILBOX_OWNER
    retry: Retry = Retry.AFTER_CHANGE
    help: str | None = None


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Everything about a mail service that is data. Most services need nothing else.

    ``key``: lower-case letters, digits and dashes; what accounts are stored with.
    ``domains``: domains of addresses that surely belong to it.
    ``mx``: suffixes of mail exchanger names that show a domain is hosted there.
    ``presets`` and ``auth_methods``: best first.
    ``hosts``: further hosts that the plugin's flows and checks may ask to contact.
    ``sources``: where the facts come from, as URLs. ``checked``: the month when they last were compared with
    these, such as ``2026-11``.
    """

    key: str
    name: str
    kind: ProviderKind = ProviderKind.MAILBOX
    website: str | None = None
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    presets: tuple[Preset, ...] = ()
    auth_methods: tuple[AuthMethod, ...] = ()
    sends_as: SendAsRule = SendAsRule.UNKNOWN
    limits: Limits | None = None
    replies: tuple[KnownReply, ...] = ()
    hosts: tuple[str, ...] = ()
    popularity: int = 0
    sources: tuple[str, ...] = ()
    checked: str | None = None
