"""The decision: facts from the database, rules over them, the reason in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from letterhead.diagnosis.message import told
from letterhead.senders.explanations import Names, explain_exclusion, explain_no_sender, explain_sender
from letterhead.senders.facts import (
    Setting,
    accounts_in_line,
    key_of,
    owner_of,
    project_name,
)
from letterhead.senders.ranking import COLUMNS, Desk, Values, is_linked, may_use
from letterhead.senders.rules import (
    AccountFacts,
    ExclusionReason,
    Resolution,
    Sender,
    Wish,
    exclusion,
)
from letterhead.senders.rules import decide as decide_by_rules
from letterhead.store.database import Row, as_id, as_instant, select


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Why an address cannot be written from."""

    reason: ExclusionReason
    explanation: str


def conclude(rows: Sequence[Row], at: Setting, wish: Wish) -> Resolution:
    accounts = accounts_in_line(rows, at.policy.precedence)
    resolution = decide_by_rules(accounts, wish, at.policy, any_accounts=at.any_accounts)
    if isinstance(resolution, Sender):
        return resolution._replace(explanation=explain_sender(resolution, at.names, at.policy.precedence))
    return resolution._replace(explanation=explain_no_sender(resolution.reason, at.names))


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
    reason = exclusion(_facts(row, desk))
    if reason is None and row["address_key"] != key_of(from_address):
        reason = ExclusionReason.REFUSED_AS_SENDER if row["alias_proof"] in {None, "REFUSED"} else None
    if reason is None:
        return None
    names = Names(employee=row["employee"], project=row["project"])
    return Exclusion(reason=reason, explanation=explain_exclusion(reason, names, alias=from_address))


def _standing(desk: Desk, account_id: UUID, key: str, values: Values) -> str:
    company, employee = values(desk.company_id), values(desk.employee_id)
    return f"""SELECT {COLUMNS}, s.proof AS alias_proof,
        e.name AS employee, {project_name(desk, values)} AS project,
        CASE WHEN e.removed_at IS NULL THEN 0 ELSE 1 END AS employee_gone,
        CASE WHEN {may_use(desk, values)} THEN 1 ELSE 0 END AS accessible,
        CASE WHEN {is_linked(desk, values)} THEN 1 ELSE 0 END AS linked
    FROM email_account a
    JOIN employee e ON e.company_id = {company} AND e.id = {employee}
    LEFT JOIN sender_alias s
        ON s.company_id = {company} AND s.account_id = a.id AND s.address_key = {values(key)}
    WHERE a.company_id = {company} AND a.id = {values(account_id)}"""


def _facts(row: Row, desk: Desk) -> AccountFacts:
    return AccountFacts(
        id=as_id(row["id"]),
        address=row["address"],
        address_key=row["address_key"],
        display_name=row["display_name"],
        owner=owner_of(row, desk),
        accessible=bool(row["accessible"]),
        everywhere=row["scope_mode"] == "ALL",
        linked=bool(row["linked"]),
        disabled=row["status"] == "DISABLED",
        ready=row["status"] == "READY",
        position=row["position"],
        created_at=as_instant(row["created_at"]),
    )


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
