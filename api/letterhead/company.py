"""The company, and its rules of sending."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from letterhead.accounts.fields import KEEP, Kept
from letterhead.audit.log import Action, Subject, record
from letterhead.audit.rules import text
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.identity.actor import Actor, Permission
from letterhead.outbox.rules import WhenUncertain
from letterhead.senders.rules import Precedence, WhenNotReady
from letterhead.senders.warnings import Warning, too_old_only_by  # noqa: A004 - the schema's word for it
from letterhead.store import models
from letterhead.store.database import Row, as_id, select, transaction
from letterhead.store.parts import Found, Given, Kind, Part

LONGEST_RETEST_DAYS = 365
POLICY = ("precedence", "incoming_server", "when_not_ready", "when_uncertain", "retest_after_days")
COLUMNS = dict.fromkeys(("id", "name", *POLICY), Kind.TEXT)


class IncomingRequirement(StrEnum):
    POP3_OR_IMAP = "POP3_OR_IMAP"
    POP3_REQUIRED = "POP3_REQUIRED"
    OPTIONAL = "OPTIONAL"


@dataclass(frozen=True, kw_only=True)
class Policy:
    precedence: Precedence
    incoming_server: IncomingRequirement
    when_not_ready: WhenNotReady
    when_uncertain: WhenUncertain
    retest_after_days: int | None


@dataclass(frozen=True, kw_only=True)
class Company:
    id: UUID
    name: str
    policy: Policy


@dataclass(frozen=True, kw_only=True)
class PolicyChange:
    """What is None stays as it is; for ``retest_after_days`` None is an answer: never by themselves."""

    precedence: Precedence | None = None
    incoming_server: IncomingRequirement | None = None
    when_not_ready: WhenNotReady | None = None
    when_uncertain: WhenUncertain | None = None
    retest_after_days: int | Kept | None = KEEP


async def show(company_id: UUID) -> Company:
    [row] = await select(f"SELECT {', '.join(COLUMNS)} FROM company WHERE id = $1", company_id)
    return _company(*(row[name] for name in COLUMNS))


def _read_company(found: Found, _: Given) -> dict[UUID, Company]:
    return {company.id: company for company in map(_company, *found)}


OF_COMPANY = Part(
    columns=COLUMNS,
    sql=f"SELECT {', '.join(COLUMNS)} FROM company WHERE id = {{company}}",
    read=_read_company,
)
"""The ``company``."""


@lru_cache
def _company(company_id: UUID | str, name: str, *policy: Any) -> Company:
    """Of the values of its row, in the order of COLUMNS."""
    return Company(id=as_id(company_id), name=name, policy=_policy(dict(zip(POLICY, policy, strict=True))))


async def set_policy(change: PolicyChange, *, by: Actor) -> tuple[Policy, list[Warning]]:
    """The rules as they are from now on, and the warnings that the change has caused. Raises Refused."""
    if not by.may(Permission.MANAGE_POLICY):
        message = "This token may not change the company's rules of sending."
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, message))
    days = change.retest_after_days
    if isinstance(days, int) and not 1 <= days <= LONGEST_RETEST_DAYS:
        message = f"Give a number of days from 1 to {LONGEST_RETEST_DAYS}, or null for never."
        raise Refused(Problem(ProblemCode.INVALID, message, ("retestAfterDays",)))
    caused: list[Warning] = []
    async with transaction():
        row = await models.Company.select_for_update().get(id=by.company_id)
        wanted = {name: value for name, value in _columns(change).items() if getattr(row, name) != value}
        if wanted:
            before = {name: getattr(row, name) for name in wanted}
            await models.Company.filter(id=row.id).update(**wanted)
            await record(
                Action.POLICY_CHANGED,
                "Changed the company's rules of sending",
                by=by,
                subject=Subject("Company", row.id),
                changes={name: (text(before[name]), text(value)) for name, value in wanted.items()},
            )
            row.update_from_dict(wanted)
    if "retest_after_days" in wanted:
        caused = await too_old_only_by(row.id, row.retest_after_days, before["retest_after_days"])
    return _policy(vars(row)), caused


async def create(name: str) -> UUID:
    """A new company. Raises Refused when the name is empty, too long, or taken."""
    name = name.strip()
    if not 1 <= len(name) <= 200 or not name.isprintable():
        message = "A company's name has 1 to 200 printable characters."
        raise Refused(Problem(ProblemCode.INVALID, message, ("name",)))
    if await models.Company.exists(name=name):
        raise Refused(Problem(ProblemCode.INVALID, f"There is a company named {name!r} already.", ("name",)))
    created: UUID = (await models.Company.create(name=name)).id
    return created


def _policy(row: Row) -> Policy:
    days = row["retest_after_days"]
    return Policy(
        precedence=Precedence(row["precedence"]),
        incoming_server=IncomingRequirement(row["incoming_server"]),
        when_not_ready=WhenNotReady(row["when_not_ready"]),
        when_uncertain=WhenUncertain(row["when_uncertain"]),
        retest_after_days=days if days is None else int(days),
    )


def _columns(change: PolicyChange) -> dict[str, Any]:
    """What is to be written, by column."""
    choices = {
        "precedence": change.precedence,
        "incoming_server": change.incoming_server,
        "when_not_ready": change.when_not_ready,
        "when_uncertain": change.when_uncertain,
    }
    columns: dict[str, Any] = {name: choice.value for name, choice in choices.items() if choice is not None}
    if change.retest_after_days is not KEEP:
        columns["retest_after_days"] = change.retest_after_days
    return columns
