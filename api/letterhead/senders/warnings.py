"""What would surprise the company later, said before it does."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from letterhead.diagnosis.message import Message, told, told_of
from letterhead.senders.gaps import projects_with_gaps
from letterhead.senders.ranking import Values
from letterhead.store import models
from letterhead.store.database import as_id, clock, select

MOST_SUBJECTS = 100
SOON_DAYS = 14
DAY = 86_400


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
    """``provider_keys``: of the mail services that this server knows. A statement for each kind."""
    found: list[Warning] = []
    if not await has_unlinked_address(company_id):
        found.append(warning(WarningCode.NO_UNLINKED_ADDRESS))
    projects, total = await projects_with_gaps(company_id, MOST_SUBJECTS)
    if projects:
        found.append(warning(WarningCode.PROJECT_WITHOUT_SENDER, projects, total))
    days = (await models.Company.get(id=company_id).only("retest_after_days")).retest_after_days
    for code in WarningCode:
        values = Values([company_id])
        condition = of_account(code, provider_keys, days, values)
        ids, total = await _accounts(condition, values) if condition else ([], 0)
        if ids:
            found.append(warning(code, ids, total))
    return found


async def too_old_only_by(company_id: UUID, days: int | None, before: int | None) -> list[Warning]:
    """What it says when accounts are to be tested again after ``days`` that ``before`` were young enough."""
    values = Values([company_id])
    condition = of_account(WarningCode.TEST_TOO_OLD, (), days, values)
    if condition is None:
        return []
    former = of_account(WarningCode.TEST_TOO_OLD, (), before, values) or "1 = 0"
    ids, total = await _accounts(f"{condition} AND NOT ({former})", values)
    return [warning(WarningCode.TEST_TOO_OLD, ids, total)] if ids else []


async def has_unlinked_address(company_id: UUID, *, besides: UUID | None = None) -> bool:
    """Whether an address of the company is free of projects, and on. ``besides``: one that does not count."""
    values = Values([company_id])
    others = f"AND id <> {values(besides)}" if besides else ""
    rows = await select(
        f"""SELECT 1 AS there FROM email_account
            WHERE company_id = $1 AND owner_id = $1 AND scope_mode = 'ALL' AND status <> 'DISABLED' {others}
            LIMIT 1""",
        *values,
    )
    return bool(rows)


def of_account(
    code: WarningCode, provider_keys: Collection[str], days: int | None, values: Values, *, somebody: str = ""
) -> str | None:
    """The condition under which the account ``a`` of the company ``$1`` gives rise to a warning; None where
    no single account does. Nothing surprises of one that is switched off.

    ``days``: the policy's for tests. ``somebody``: the condition that somebody was given the account, where
    it is not the stored one.
    """
    condition = None
    match code:
        case WarningCode.NOBODY_HAS_ACCESS:
            condition = f"a.owner_id = $1 AND a.access_mode = 'SELECTED' AND NOT ({somebody or GIVEN})"
        case WarningCode.ACCOUNT_PAUSED:
            condition = "a.status = 'PAUSED'"
        case WarningCode.CREDENTIAL_EXPIRES_SOON:
            condition = f"a.credential_expires_at <= {clock(SOON_DAYS * DAY)}"
        case WarningCode.PROVIDER_MISSING:
            known = ", ".join(values(key) for key in sorted(provider_keys))
            condition = f"a.provider_key NOT IN ({known})" if known else "1 = 1"
        case WarningCode.TEST_TOO_OLD if days is not None:
            condition = f"(a.tested_at IS NULL OR a.tested_at <= {clock(-days * DAY)})"
    return condition and f"a.status <> 'DISABLED' AND {condition}"


GIVEN = """EXISTS (SELECT 1 FROM account_employee ae WHERE ae.company_id = $1 AND ae.account_id = a.id)
    OR EXISTS (SELECT 1 FROM account_group ag
               JOIN group_member gm ON gm.company_id = $1 AND gm.group_id = ag.group_id
               WHERE ag.company_id = $1 AND ag.account_id = a.id)"""


async def _accounts(condition: str, values: Values) -> tuple[list[UUID], int]:
    """The first accounts of the company ``$1`` that fulfil the condition on ``a``, and how many do."""
    rows = await select(
        f"""SELECT a.id, COUNT(*) OVER () AS total FROM email_account a
            WHERE a.company_id = $1 AND {condition}
            ORDER BY a.position, a.created_at, a.id LIMIT {MOST_SUBJECTS}""",
        *values,
    )
    return [as_id(row["id"]) for row in rows], rows[0]["total"] if rows else 0


def warning(code: WarningCode, ids: Sequence[UUID] = (), total: int | None = None) -> Warning:
    """``ids``: of the projects or accounts it is about; ``total``: how many those are in all."""
    kind = "Project" if code is WarningCode.PROJECT_WITHOUT_SENDER else "EmailAccount"
    return Warning(
        code=code,
        message=_text(code, len(ids) if total is None else total),
        subjects=tuple((kind, one) for one in ids[:MOST_SUBJECTS]),
    )


def _text(code: WarningCode, total: int) -> Message:
    match code:
        case WarningCode.NO_UNLINKED_ADDRESS:
            return told(
                "No company address is free of projects. Keep at least one, so that work in a new project, "
                "or outside any, has an address to write from."
            )
        case WarningCode.PROJECT_WITHOUT_SENDER:
            return told_of(
                total,
                "In one project somebody has no address to write from. Open an address to them, or keep one "
                "free of projects.",
                "In {count} projects somebody has no address to write from. Open an address to them, or keep "
                "one free of projects.",
            )
        case WarningCode.NOBODY_HAS_ACCESS:
            return told_of(
                total,
                "Nobody has access to one account. Choose employees or groups, or open it to all.",
                "Nobody has access to {count} accounts. Choose employees or groups, or open them to all.",
            )
    return _text_of_upkeep(code, total)


def _text_of_upkeep(code: WarningCode, total: int) -> Message:
    match code:
        case WarningCode.ACCOUNT_PAUSED:
            return told_of(
                total,
                "The mail server refused to sign one account in, so it is paused and its mail waits. Test it "
                "again.",
                "The mail server refused to sign {count} accounts in, so they are paused and their mail "
                "waits. Test them again.",
            )
        case WarningCode.CREDENTIAL_EXPIRES_SOON:
            return told_of(
                total,
                "The permission of one account ends within two weeks. Sign in again before it does.",
                "The permissions of {count} accounts end within two weeks. Sign in again before they do.",
            )
        case WarningCode.PROVIDER_MISSING:
            return told_of(
                total,
                "The plugin for the mail service of one account is not installed any more. Mail still leaves "
                "from it, but errors are explained less well.",
                "The plugin for the mail service of {count} accounts is not installed any more. Mail still "
                "leaves from them, but errors are explained less well.",
            )
    return told_of(
        total,
        "The last test of one account is older than the company’s policy allows. Test it again.",
        "The last tests of {count} accounts are older than the company’s policy allows. Test them again.",
    )
