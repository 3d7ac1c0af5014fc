"""An email account as the house speaks of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from letterhead.wire.server import MailServer
from letterhead_providers import CredentialKind, Diagnosis


class Status(StrEnum):
    """PAUSED: its server refused to sign in, so we stopped trying; DISABLED: a person switched it off."""

    READY = "READY"
    PAUSED = "PAUSED"
    NEEDS_CREDENTIAL = "NEEDS_CREDENTIAL"
    DISABLED = "DISABLED"


class Selection(StrEnum):
    """A stored mode: taking the last member out of SELECTED leaves nobody or nowhere, never ALL."""

    ALL = "ALL"
    SELECTED = "SELECTED"


class Proof(StrEnum):
    """How far a server was seen to let an account write as an address."""

    REFUSED = "REFUSED"
    NOT_REFUSED = "NOT_REFUSED"
    ROUND_TRIP = "ROUND_TRIP"
    OWNED = "OWNED"


class AccountAction(StrEnum):
    SEND = "SEND"
    TEST = "TEST"
    EDIT = "EDIT"
    SET_ACCESS = "SET_ACCESS"
    SET_SCOPE = "SET_SCOPE"
    DISABLE = "DISABLE"
    DELETE = "DELETE"


@dataclass(frozen=True, kw_only=True)
class CredentialState:
    """Everything about a credential but the secret."""

    kind: CredentialKind
    present: bool
    updated_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Alias:
    address: str
    display_name: str | None
    proof: Proof
    problem: Diagnosis | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """``owner_id``: the company's id, or the employee's, who is then ``employee_id`` too.

    ``messages_per_*``: limits of its own. ``reads_bounces``: its owner's choice for its incoming mailbox.
    """

    id: UUID
    company_id: UUID
    owner_id: UUID
    employee_id: UUID | None
    address: str
    display_name: str | None
    reply_to: str | None
    provider_key: str
    smtp: MailServer
    incoming: MailServer | None
    credential: CredentialState
    incoming_credential: CredentialState | None
    status: Status
    problem: Diagnosis | None
    proof: Proof
    access_mode: Selection
    scope_mode: Selection
    position: int
    messages_per_minute: int | None
    messages_per_day: int | None
    reads_bounces: bool
    version: int
    settings_version: int
    test_id: UUID | None
    created_at: datetime
    updated_at: datetime
