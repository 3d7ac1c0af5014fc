"""What would surprise the company later, said before it does."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from letterhead.diagnosis.message import told, told_of
from letterhead.senders.ranking import Values
from letterhead.store.database import as_id, select

MOST_SUBJECTS = 100


class WarningCode(StrEnum):
    NO_UNLINKED_ADDRESS = "NO_UNLINKED_ADDRESS"
    PROJECT_WITHOUT_SENDER = "PROJECT_WITHOUT_SENDER"
    NOBODY_HAS_ACCESS = "NOBODY_HAS_ACCESS"
    ACCOUNT_PAUSED = "ACCOUNT_PAUSED"
    CREDENTIAL_EXPIRES_SOON = "CREDENTIAL_EXPIRES_SOON"
    PROVIDER_MISSING = "PROVIDER_MISSING"
    TEST_TOO_OLD = "TEST_TOO_OLD"


@dataclass(frozen=True, kw_only=True)
class Warning:  # noqa: A001 - the schema's word for it
    """``subjects``: schema type and id, at most 100 of them. ``message`` names no address: who may see the
    subjects sees those."""

    code: WarningCode
    message: str
    subjects: tuple[tuple[str, UUID], ...] = ()


async def company_warnings(company_id: UUID, provider_keys: Collection[str]) -> list[Warning]:
    """``provider_keys``: of the mail services that this server knows."""
    found = [
        await _no_unlinked_address(company_id),
        await _nobody_has_access(company_id),
        await _paused(company_id),
        await _provider_missing(company_id, provider_keys),
    ]
    return [warning for warning in found if warning is not None]


async def _no_unlinked_address(company_id: UUID) -> Warning | None:
    rows = await select(
        """SELECT 1 AS there FROM email_account
           WHERE company_id = $1 AND owner_id = $1 AND scope_mode = 'ALL' AND status <> 'DISABLED' LIMIT 1""",
        company_id,
    )
    if rows:
        return None
    return Warning(
        code=WarningCode.NO_UNLINKED_ADDRESS,
        message=told(
            "No company address is free of projects. Keep at least one, so that work in a new project, or "
            "outside any, has an address to write from."
        ),
    )


async def _nobody_has_access(company_id: UUID) -> Warning | None:
    ids, total = await _accounts(
        """a.owner_id = $1 AND a.status <> 'DISABLED' AND a.access_mode = 'SELECTED'
           AND NOT EXISTS (SELECT 1 FROM account_employee ae
                           WHERE ae.company_id = $1 AND ae.account_id = a.id)
           AND NOT EXISTS (SELECT 1 FROM account_group ag
                           JOIN group_member gm ON gm.company_id = $1 AND gm.group_id = ag.group_id
                           WHERE ag.company_id = $1 AND ag.account_id = a.id)""",
        Values([company_id]),
    )
    message = told_of(
        total,
        "Nobody has access to one account. Choose employees or groups, or open it to all.",
        "Nobody has access to {count} accounts. Choose employees or groups, or open them to all.",
    )
    return _about(WarningCode.NOBODY_HAS_ACCESS, ids, message)


async def _paused(company_id: UUID) -> Warning | None:
    ids, total = await _accounts("a.status = 'PAUSED'", Values([company_id]))
    message = told_of(
        total,
        "The mail server refused to sign one account in, so it is paused and its mail waits. Test it again.",
        "The mail server refused to sign {count} accounts in, so they are paused and their mail waits. Test "
        "them again.",
    )
    return _about(WarningCode.ACCOUNT_PAUSED, ids, message)


async def _provider_missing(company_id: UUID, provider_keys: Collection[str]) -> Warning | None:
    values = Values([company_id])
    known = ", ".join(values(key) for key in sorted(provider_keys))
    ids, total = await _accounts(f"a.provider_key NOT IN ({known})" if known else "1 = 1", values)
    message = told_of(
        total,
        "The plugin for the mail service of one account is not installed any more. Mail still leaves from "
        "it, but errors are explained less well.",
        "The plugin for the mail service of {count} accounts is not installed any more. Mail still leaves "
        "from them, but errors are explained less well.",
    )
    return _about(WarningCode.PROVIDER_MISSING, ids, message)


async def _accounts(condition: str, values: Values) -> tuple[list[UUID], int]:
    """The first accounts of the company ``$1`` that fulfil the condition on ``a``, and how many do."""
    rows = await select(
        f"""SELECT a.id, COUNT(*) OVER () AS total FROM email_account a
            WHERE a.company_id = $1 AND {condition}
            ORDER BY a.position, a.created_at, a.id LIMIT {MOST_SUBJECTS}""",
        *values,
    )
    return [as_id(row["id"]) for row in rows], rows[0]["total"] if rows else 0


def _about(code: WarningCode, ids: list[UUID], message: str) -> Warning | None:
    if not ids:
        return None
    subjects = tuple(("EmailAccount", account_id) for account_id in ids)
    return Warning(code=code, message=message, subjects=subjects)
