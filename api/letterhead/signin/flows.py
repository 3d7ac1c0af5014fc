"""A sign-in as the house speaks of it: one attempt to get a credential, and the step it stands at."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from letterhead.wire.server import MailServer
from letterhead_providers import CredentialKind, Diagnosis, Field, Instruction


@dataclass(frozen=True, kw_only=True)
class FieldProblem:
    field: str
    message: str


@dataclass(frozen=True, kw_only=True)
class AskStep:
    """A form. ``problems``: why the last answers were not taken."""

    title: str
    fields: tuple[Field, ...]
    instructions: tuple[Instruction, ...] = ()
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VisitStep:
    """The person has to go to ``url``, which is ours and leads on to the service."""

    url: str


@dataclass(frozen=True, kw_only=True)
class WaitStep:
    """It goes on by itself: whoever looks after ``until`` moves it."""

    message: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class DoneStep:
    """``expires_at``: when the credential stops working, where that is known."""

    kind: CredentialKind
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FailedStep:
    """``retryable``: starting again may help."""

    diagnosis: Diagnosis
    retryable: bool


Step = AskStep | VisitStep | WaitStep | DoneStep | FailedStep


@dataclass(frozen=True, kw_only=True)
class Flow:
    """``provider_key`` and ``method_key``: what it was started for. ``owner_id``: company's or employee's.

    ``return_to``: the page to send the person to after a visit to the service.
    """

    id: UUID
    company_id: UUID
    owner_id: UUID
    provider_key: str
    method_key: str
    address: str
    smtp: MailServer
    incoming: MailServer | None
    step: Step
    created_at: datetime
    expires_at: datetime
    return_to: str | None = None
