"""The decision: facts from the database, rules over them, the reason in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from letterhead.diagnosis.message import told
from letterhead.senders.explanations import Names, explain_exclusion, explain_no_sender, explain_sender
from letterhead.senders.facts import (
    Setting,
    account_in_line,
    account_of,
    alias_of,
    key_of,
    project_name,
)
from letterhead.senders.ranking import COLUMNS, Desk, Values, is_linked, may_use
from letterhead.senders.rows import ALIAS
from letterhead.senders.rules import (
    ExclusionReason,
    Resolution,
    Sender,
    Wish,
    exclusion,
)
from letterhead.senders.rules import decide as decide_by_rules
from letterhead.store.database import Row, select


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Why an address cannot be written from."""

    reason: ExclusionReason
    explanation: str


def conclude(rows: Sequence[Row], at: Setting, wish: Wish) -> Resolution:
    accounts = [account_in_line(row, at.desk) for row in rows]
    resolution = decide_by_rules(accounts, wish, at.policy, any_accounts=at.any_accounts)
    if isinstance(resolution, Sender):
        explanation = explain_sender(resolution, at.names, at.policy.precedence)
    else:
        explanation = explain_no_sender(resolution.reason, at.names)
    return replace(resolution, explanation=explanation)


async def still_allowed(
    *,
    company_id: UUID,
    account_id: UUID | None,
    from_address: str,
    employee_id: UUID | None,
    project_id: UUID | None,
) -> Exclusion | None:
    """Why a message that was queued may not leave from its address any more, or None. One statement.

    ``account_id``, ``employee_id``: None when they are gone. ``project_id``: None when it is gone, too;
    only an account for all projects still serves then.
    """
    if account_id is None:
        return _account_is_gone(from_address)
    if employee_id is None:
        return _author_is_gone(told("its author"))
    desk, values = Desk(company_id=company_id, employee_id=employee_id, project_id=project_id), Values()
    rows = await select(_standing(desk, account_id, key_of(from_address), values), *values)
    if not rows:
        return _account_is_gone(from_address)
    row = rows[0]
    if row["employee_gone"]:
        return _author_is_gone(row["employee"])
    account = account_of(row, desk, accessible=bool(row["accessible"]), linked=bool(row["linked"]))
    reason = exclusion(account)
    if reason is None and account.address_key != key_of(from_address):
        alias = alias_of(row)
        reason = ExclusionReason.REFUSED_AS_SENDER if alias is None or alias.refused else None
    if reason is None:
        return None
    names = Names(employee=row["employee"], project=row["project"])
    return Exclusion(reason=reason, explanation=explain_exclusion(reason, names, alias=from_address))


def _standing(desk: Desk, account_id: UUID, key: str, values: Values) -> str:
    company, employee = values(desk.company_id), values(desk.employee_id)
    return f"""SELECT {COLUMNS}, {ALIAS}, e.name AS employee, {project_name(desk, values)} AS project,
        CASE WHEN e.removed_at IS NULL THEN 0 ELSE 1 END AS employee_gone,
        CASE WHEN {may_use(desk, values)} THEN 1 ELSE 0 END AS accessible,
        CASE WHEN {is_linked(desk, values)} THEN 1 ELSE 0 END AS linked
    FROM email_account a
    JOIN employee e ON e.company_id = {company} AND e.id = {employee}
    LEFT JOIN sender_alias s
        ON s.company_id = {company} AND s.account_id = a.id AND s.address_key = {values(key)}
    WHERE a.company_id = {company} AND a.id = {values(account_id)}"""


def _account_is_gone(address: str) -> Exclusion:
    return Exclusion(
        reason=ExclusionReason.DISABLED,
        explanation=told("The account of {address} was deleted.", address=address),
    )


def _author_is_gone(name: str) -> Exclusion:
    return Exclusion(
        reason=ExclusionReason.NO_ACCESS,
        explanation=told("{name} is no longer in the company’s directory.", name=name),
    )
