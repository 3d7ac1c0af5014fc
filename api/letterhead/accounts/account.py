"""An email account as the house speaks of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from letterhead.diagnosis.stored import stored_diagnosis
from letterhead.store.database import Row, as_id, as_instant, member
from letterhead.store.rows import column
from letterhead.wire.server import MailServer
from letterhead.wire.stored import stored_server
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


class Alias(NamedTuple):
    address: str
    display_name: str | None
    proof: Proof
    problem: Diagnosis | None = None


class Account:
    """``stored``: its row, with ``has_secret`` and ``has_incoming_secret`` instead of the secrets.

    ``owner_id``: the company's id, or the employee's, who is then ``employee_id`` too.
    ``messages_per_*``: limits of its own. ``reads_bounces``: its owner's choice for its incoming mailbox.
    """

    __slots__ = ("id", "stored")

    def __init__(self, stored: Row) -> None:
        self.stored = stored
        self.id: UUID = as_id(stored["id"])

    company_id: UUID = column("company_id", as_id)
    owner_id: UUID = column("owner_id", as_id)
    employee_id: UUID | None = column("employee_id", as_id)
    address: str = column("address")
    display_name: str | None = column("display_name")
    reply_to: str | None = column("reply_to")
    provider_key: str = column("provider_key")
    smtp: MailServer = column("smtp", stored_server)
    incoming: MailServer | None = column("incoming", stored_server)
    status: Status = column("status", member(Status))
    problem: Diagnosis | None = column("problem", stored_diagnosis)
    proof: Proof = column("proof", member(Proof))
    access_mode: Selection = column("access_mode", member(Selection))
    scope_mode: Selection = column("scope_mode", member(Selection))
    position: int = column("position")
    messages_per_minute: int | None = column("messages_per_minute")
    messages_per_day: int | None = column("messages_per_day")
    reads_bounces: bool = column("reads_bounces", bool)
    version: int = column("version")
    settings_version: int = column("settings_version")
    test_id: UUID | None = column("test_id", as_id)
    created_at: datetime = column("created_at", as_instant)
    updated_at: datetime = column("updated_at", as_instant)

    @property
    def credential(self) -> CredentialState:
        return self._credential("credential_kind", "has_secret")

    @property
    def incoming_credential(self) -> CredentialState | None:
        if not self.stored["incoming_credential_kind"]:
            return None
        return self._credential("incoming_credential_kind", "has_incoming_secret")

    def _credential(self, kind: str, has_secret: str) -> CredentialState:
        row = self.stored
        return CredentialState(
            kind=CredentialKind(row[kind]),
            present=bool(row[has_secret]) or row[kind] == CredentialKind.NONE,
            updated_at=as_instant(row["credential_updated_at"]) if row["credential_updated_at"] else None,
            expires_at=as_instant(row["credential_expires_at"]) if row["credential_expires_at"] else None,
        )
