"""The company, and its rules of sending."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.outbox.rules import WhenUncertain
from letterhead.senders.rules import Precedence, WhenNotReady
from letterhead.store import models


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


async def show(company_id: UUID) -> Company:
    row = await models.Company.get(id=company_id)
    return Company(
        id=row.id,
        name=row.name,
        policy=Policy(
            precedence=Precedence(row.precedence),
            incoming_server=IncomingRequirement(row.incoming_server),
            when_not_ready=WhenNotReady(row.when_not_ready),
            when_uncertain=WhenUncertain(row.when_uncertain),
            retest_after_days=row.retest_after_days,
        ),
    )


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
