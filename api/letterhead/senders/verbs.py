"""Who writes as whom: asked by people and services, answered as far as they may know."""

from uuid import UUID

from letterhead.errors import NotAnswerable
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.senders.deciding import Exclusion, decide, decide_at, still_allowed
from letterhead.senders.facts import Setting, no_such, setting, wish_of
from letterhead.senders.listing import Excluded, list_candidates, list_excluded
from letterhead.senders.rules import Candidate, Resolution, SenderContext
from letterhead.store.pages import Page, PageRequest

__all__ = ["Excluded", "Exclusion", "candidates", "decide", "excluded", "resolve", "still_allowed", "where"]


async def where(context: SenderContext, *, by: Actor) -> Setting:
    """What the verbs below begin with; one statement. Whoever asks several of them gives it to each.

    All of them raise NotAnswerable: BAD_INPUT when it is not said who writes, NOT_FOUND for an employee or a
    project that does not exist or is not the asker's to ask for.
    """
    return await setting(by.company_id, writer(context, by=by), context.project_id)


async def resolve(
    house: House, context: SenderContext, *, by: Actor, at: Setting | None = None
) -> Resolution:
    """The address a message would leave from, and why; two statements."""
    return await decide_at(at or await where(context, by=by), context)


async def candidates(
    house: House, context: SenderContext, request: PageRequest, *, by: Actor, at: Setting | None = None
) -> Page[Candidate]:
    """Every address that can be chosen, the one that ``resolve`` answers with first; two statements."""
    return await list_candidates(at or await where(context, by=by), wish_of(context), request)


async def excluded(
    house: House, context: SenderContext, request: PageRequest, *, by: Actor, at: Setting | None = None
) -> Page[Excluded]:
    """The addresses that cannot be chosen, and why; two statements.

    Who manages the company's accounts sees all; others what the writer may know: own accounts and company
    accounts the writer has access to.
    """
    everything = by.may(Permission.MANAGE_COMPANY_ACCOUNTS)
    return await list_excluded(at or await where(context, by=by), request, everything=everything)


def writer(context: SenderContext, *, by: Actor) -> UUID:
    """The employee in whose name it is asked."""
    employee_id = context.employee_id or by.employee_id
    if employee_id is None:
        raise NotAnswerable("BAD_INPUT", "employeeId is missing.", "Say for which employee with employeeId.")
    may_ask_for_others = by.may(Permission.SEND_FOR_OTHERS) or by.may(Permission.MANAGE_COMPANY_ACCOUNTS)
    if employee_id != by.employee_id and not may_ask_for_others:
        raise no_such("employee")
    return employee_id
