"""Who did what to what. Only ever added to, in the same transaction as the deed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from letterhead.identity.actor import Actor
from letterhead.store.database import now
from letterhead.store.models import AuditEntry


class Action(StrEnum):
    ACCOUNT_SAVED = "ACCOUNT_SAVED"
    ACCOUNT_DELETED = "ACCOUNT_DELETED"
    STATUS_CHANGED = "STATUS_CHANGED"
    ACCESS_CHANGED = "ACCESS_CHANGED"
    SCOPE_CHANGED = "SCOPE_CHANGED"
    CREDENTIAL_REPLACED = "CREDENTIAL_REPLACED"
    SIGN_IN_STARTED = "SIGN_IN_STARTED"
    SIGN_IN_LINK_CREATED = "SIGN_IN_LINK_CREATED"
    TEST_RUN = "TEST_RUN"
    MESSAGE_SENT = "MESSAGE_SENT"
    MESSAGE_SENT_FOR_OTHER = "MESSAGE_SENT_FOR_OTHER"
    MESSAGE_HELD = "MESSAGE_HELD"
    MESSAGE_RELEASED = "MESSAGE_RELEASED"
    MESSAGE_CANCELLED = "MESSAGE_CANCELLED"
    POLICY_CHANGED = "POLICY_CHANGED"
    TOKEN_CREATED = "TOKEN_CREATED"
    TOKEN_REVOKED = "TOKEN_REVOKED"
    WEBHOOK_CHANGED = "WEBHOOK_CHANGED"
    KEYS_ROTATED = "KEYS_ROTATED"
    DIRECTORY_SYNCED = "DIRECTORY_SYNCED"


@dataclass(frozen=True)
class Subject:
    """``type``: the schema's name of the type, such as ``EmailAccount``."""

    type: str
    id: UUID


async def record(
    action: Action,
    summary: str,
    *,
    by: Actor,
    subject: Subject | None = None,
    changes: Mapping[str, tuple[str | None, str | None]] | None = None,
) -> None:
    """``changes``: field to (before, after). Never a secret: the caller leaves those out."""
    await AuditEntry.create(
        company_id=by.company_id,
        at=now(),
        actor=f"{by.name} ({by.key})",
        action=action.value,
        subject_type=subject.type if subject else None,
        subject_id=subject.id if subject else None,
        summary=summary,
        changes=[
            {"field": field, "before": before, "after": after}
            for field, (before, after) in (changes or {}).items()
            if before != after
        ],
    )
