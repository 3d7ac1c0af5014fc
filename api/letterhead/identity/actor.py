"""Who is asking, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Permission(StrEnum):
    MANAGE_COMPANY_ACCOUNTS = "MANAGE_COMPANY_ACCOUNTS"
    MANAGE_OWN_ACCOUNTS = "MANAGE_OWN_ACCOUNTS"
    TEST = "TEST"
    MANAGE_DIRECTORY = "MANAGE_DIRECTORY"
    MANAGE_POLICY = "MANAGE_POLICY"
    MANAGE_TOKENS = "MANAGE_TOKENS"
    MANAGE_WEBHOOKS = "MANAGE_WEBHOOKS"
    SEND = "SEND"
    SEND_FOR_OTHERS = "SEND_FOR_OTHERS"
    READ_MESSAGES = "READ_MESSAGES"
    READ_AUDIT = "READ_AUDIT"


ADMINISTRATOR = frozenset(Permission) - {Permission.MANAGE_OWN_ACCOUNTS}
EMPLOYEE = frozenset({Permission.MANAGE_OWN_ACCOUNTS, Permission.TEST, Permission.SEND})


@dataclass(frozen=True, kw_only=True)
class Actor:
    """``key``: names the caller for ever, as in the audit log: ``token:<id>`` or ``employee:<id>``."""

    company_id: UUID
    key: str
    name: str
    permissions: frozenset[Permission]
    employee_id: UUID | None = None

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions
