"""The facts that the rules decide on: two statements, whatever the size of the company."""

from dataclasses import dataclass, replace
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from letterhead.accounts.drafts import address_key
from letterhead.errors import NotAnswerable
from letterhead.senders.explanations import Names
from letterhead.senders.ranking import MANY, Desk, Values, line, links, shares
from letterhead.senders.rules import (
    AccountFacts,
    AliasFacts,
    Owner,
    Policy,
    Precedence,
    SenderContext,
    WhenNotReady,
    Wish,
)
from letterhead.store.database import Row, as_id, as_instant, select

ALIAS_COLUMNS = (
    "s.address AS alias_address, s.address_key AS alias_key, s.display_name AS alias_name, "
    "s.proof AS alias_proof, s.position AS alias_position"
)
NO_ALIAS = (
    "NULL AS alias_address, '' AS alias_key, NULL AS alias_name, NULL AS alias_proof, -1 AS alias_position"
)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where somebody writes, and what the company decided.

    ``any_accounts``: the company or the employee has an account at all, wherever it serves.
    """

    desk: Desk
    names: Names
    policy: Policy
    any_accounts: bool


def key_of(text: str) -> str:
    """What somebody typed, in the form in which addresses are looked up; empty if it can be none."""
    try:
        address = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return address_key(text.strip()) if text.isprintable() else ""
    return address_key(f"{address.local_part}@{address.ascii_domain}")


def wish_of(context: SenderContext) -> Wish:
    return Wish(
        account_id=context.account_id,
        address_key=None if context.alias is None else key_of(context.alias),
        answering_key=None if context.answering_address is None else key_of(context.answering_address),
    )


async def setting(company_id: UUID, employee_id: UUID, project_id: UUID | None) -> Setting:
    """Raises NotAnswerable (NOT_FOUND) for an employee or a project that the company does not have."""
    values = Values()
    desk = Desk(company_id=company_id, employee_id=employee_id, project_id=project_id)
    rows = await select(_asking(desk, values), *values)
    if not rows or rows[0]["employee"] is None:
        raise no_such("employee")
    row = rows[0]
    if project_id is not None and row["project"] is None:
        raise no_such("project")
    return Setting(
        desk=replace(desk, many_links=row["links"] >= MANY, many_shares=row["shares"] >= MANY),
        names=Names(employee=row["employee"], project=row["project"]),
        policy=Policy(
            precedence=Precedence(row["precedence"]), when_not_ready=WhenNotReady(row["when_not_ready"])
        ),
        any_accounts=bool(row["any_accounts"]),
    )


def no_such(noun: str) -> NotAnswerable:
    return NotAnswerable("NOT_FOUND", f"There is no such {noun}.", f"Ask for one of the company’s {noun}s.")


def _asking(desk: Desk, values: Values) -> str:
    company, employee = values(desk.company_id), values(desk.employee_id)
    few_links = f"{links(desk, values)} LIMIT {MANY}" if desk.project_id else "SELECT 1 WHERE 1 = 0"
    few_shares = f"{shares(desk, values, distinct=False)} LIMIT {MANY}"
    return f"""SELECT c.precedence, c.when_not_ready, {project_name(desk, values)} AS project,
            (SELECT name FROM employee
             WHERE company_id = {company} AND id = {employee} AND removed_at IS NULL) AS employee,
            CASE WHEN {_owns_any(company, company)} OR {_owns_any(company, employee)}
                 THEN 1 ELSE 0 END AS any_accounts,
            (SELECT COUNT(*) FROM ({few_links}) l) AS links,
            (SELECT COUNT(*) FROM ({few_shares}) s) AS shares
        FROM company c WHERE c.id = {company}"""


def project_name(desk: Desk, values: Values) -> str:
    """The expression of it; of nothing outside any project."""
    if desk.project_id is None:
        return "NULL"
    company, project = values(desk.company_id), values(desk.project_id)
    return f"(SELECT name FROM project WHERE company_id = {company} AND id = {project})"


def _owns_any(company: str, owner: str) -> str:
    return f"EXISTS (SELECT 1 FROM email_account WHERE company_id = {company} AND owner_id = {owner})"


def deciding(at: Setting, wish: Wish, values: Values) -> str:
    """The statement of the few accounts that can matter for a decision."""
    company = values(at.desk.company_id)
    key = wish.address_key if wish.is_choice else wish.answering_key
    named = values(key) if key is not None else None
    firsts = []
    if wish.account_id is not None:
        firsts.append(_first(at, values, among=_with_id(company, values(wish.account_id))))
    elif named:
        firsts.append(_first(at, values, among=_with_address(company, named)))
    if not wish.is_choice:
        firsts.append(_first(at, values))
        if at.policy.when_not_ready is WhenNotReady.NEXT:
            firsts.append(_first(at, values, ready=True))
    union = " UNION ALL ".join(f"SELECT * FROM ({sql}) first_{number}" for number, sql in enumerate(firsts))
    if named is None:
        return f"SELECT r.*, {NO_ALIAS} FROM ({union}) r"
    return f"""SELECT r.*, {ALIAS_COLUMNS} FROM ({union}) r LEFT JOIN sender_alias s
        ON s.company_id = {company} AND s.account_id = r.id AND s.address_key = {named}"""


def _first(at: Setting, values: Values, *, among: str = "", ready: bool = False) -> str:
    return line(at.desk, at.policy.precedence, values, limit=1, among=among, ready=ready)


def _with_id(company: str, account: str) -> str:
    return f"SELECT id AS account_id FROM email_account WHERE company_id = {company} AND id = {account}"


def _with_address(company: str, key: str) -> str:
    """The ids of the accounts that have the address, or an alias with it that is not refused."""
    return f"""SELECT id AS account_id FROM email_account WHERE company_id = {company} AND address_key = {key}
        UNION SELECT account_id FROM sender_alias
        WHERE company_id = {company} AND address_key = {key} AND proof <> 'REFUSED'"""


def account_in_line(row: Row, desk: Desk) -> AccountFacts:
    """Of a row of the line, which holds only accounts that can be written from."""
    selected = row["scope_mode"] == "SELECTED"
    return account_of(row, desk, accessible=True, linked=selected)


def account_of(row: Row, desk: Desk, *, accessible: bool, linked: bool) -> AccountFacts:
    owner_id = as_id(row["owner_id"])
    own = Owner.SELF if owner_id == desk.employee_id else Owner.OTHER_EMPLOYEE
    alias = alias_of(row)
    return AccountFacts(
        id=as_id(row["id"]),
        address=row["address"],
        address_key=row["address_key"],
        display_name=row["display_name"],
        owner=Owner.COMPANY if owner_id == desk.company_id else own,
        accessible=accessible,
        everywhere=row["scope_mode"] == "ALL",
        linked=linked,
        disabled=row["status"] == "DISABLED",
        ready=row["status"] == "READY",
        position=row["position"],
        created_at=as_instant(row["created_at"]),
        aliases=(alias,) if alias else (),
    )


def alias_of(row: Row) -> AliasFacts | None:
    if row["alias_address"] is None:
        return None
    return AliasFacts(
        address=row["alias_address"],
        address_key=row["alias_key"],
        display_name=row["alias_name"],
        refused=row["alias_proof"] == "REFUSED",
        position=row["alias_position"],
    )
