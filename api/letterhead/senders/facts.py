"""The facts that the rules decide on, from rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from email_validator import EmailNotValidError, validate_email

from letterhead.accounts.drafts import address_key
from letterhead.errors import NotAnswerable
from letterhead.senders.explanations import Names
from letterhead.senders.ranking import MANY, OWN_RULES, Desk, Values
from letterhead.senders.rules import (
    ORDER,
    AccountFacts,
    AliasFacts,
    Owner,
    Policy,
    Precedence,
    ResolutionRule,
    SenderContext,
    WhenNotReady,
    Wish,
)
from letterhead.store.database import Row, as_id, as_instant


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


def setting_of(rows: Sequence[Row], desk: Desk) -> Setting:
    """From rows that say where somebody writes.

    Raises NotAnswerable (NOT_FOUND) for an employee or a project that the company does not have.
    """
    if not rows or rows[0]["employee_name"] is None:
        raise no_such("employee")
    row = rows[0]
    if desk.project_id is not None and row["project_name"] is None:
        raise no_such("project")
    many = {"many_links": row["links"] >= MANY, "many_shares": row["shares"] >= MANY}
    return Setting(
        desk=replace(desk, **many) if any(many.values()) else desk,
        names=Names(employee=row["employee_name"], project=row["project_name"]),
        policy=Policy(
            precedence=Precedence(row["precedence"]), when_not_ready=WhenNotReady(row["when_not_ready"])
        ),
        any_accounts=bool(row["any_accounts"]),
    )


def no_such(noun: str) -> NotAnswerable:
    return NotAnswerable("NOT_FOUND", f"There is no such {noun}.", f"Ask for one of the company’s {noun}s.")


def project_name(desk: Desk, values: Values) -> str:
    """The expression of it; of nothing outside any project."""
    if desk.project_id is None:
        return "NULL"
    company, project = values(desk.company_id), values(desk.project_id)
    return f"(SELECT name FROM project WHERE company_id = {company} AND id = {project})"


def accounts_in_line(rows: Iterable[Row], precedence: Precedence) -> list[AccountFacts]:
    """Of rows of addresses in line: each account, with those of its aliases that are among them."""
    own, aliases = [], defaultdict(list)
    for row in rows:
        if row["alias_position"] < 0:
            own.append(row)
        else:
            aliases[row["id"]].append(_alias_in_line(row))
    return [_account_in_line(row, ORDER[precedence][row["verdict"]], aliases[row["id"]]) for row in own]


def _account_in_line(row: Row, rule: ResolutionRule, aliases: Iterable[AliasFacts]) -> AccountFacts:
    everywhere = rule in {ResolutionRule.EMPLOYEE_UNLINKED, ResolutionRule.COMPANY_UNLINKED}
    return AccountFacts(
        id=as_id(row["id"]),
        address=row["address"],
        address_key=row["address_key"],
        display_name=row["display_name"],
        owner=Owner.SELF if rule in OWN_RULES else Owner.COMPANY,
        accessible=True,
        everywhere=everywhere,
        linked=not everywhere,
        disabled=False,
        ready=bool(row["ready"]),
        position=row["position"],
        created_at=as_instant(row["created_at"]),
        aliases=tuple(aliases),
    )


def _alias_in_line(row: Row) -> AliasFacts:
    return AliasFacts(
        address=row["address"],
        address_key=row["address_key"],
        display_name=row["display_name"],
        position=row["alias_position"],
    )


def owner_of(row: Row, desk: Desk) -> Owner:
    owner_id = as_id(row["owner_id"])
    if owner_id == desk.company_id:
        return Owner.COMPANY
    return Owner.SELF if owner_id == desk.employee_id else Owner.OTHER_EMPLOYEE
