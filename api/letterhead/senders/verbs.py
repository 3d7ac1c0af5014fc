"""Who writes as whom: asked by people and services, answered as far as they may know."""

from uuid import UUID

from letterhead.errors import NotAnswerable
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.senders.asking import Asked, Told, setting, tell
from letterhead.senders.deciding import Exclusion, still_allowed
from letterhead.senders.facts import no_such, wish_of
from letterhead.senders.listing import Excluded, more_candidates, more_excluded
from letterhead.senders.ranking import Desk
from letterhead.senders.rules import Candidate, Resolution, SenderContext
from letterhead.store.pages import Page, PageRequest

__all__ = [
    "Excluded",
    "Exclusion",
    "Told",
    "candidates",
    "decide",
    "excluded",
    "look",
    "resolve",
    "still_allowed",
]


async def look(
    house: House,
    context: SenderContext,
    *,
    candidates: int | None = None,
    excluded: int | None = None,
    cursors: bool = True,
    by: Actor,
) -> Told:
    """The address a message would leave from, and why, with the first pages of the others as far as they are
    asked for: so many ``candidates``, so many ``excluded``; without ``cursors`` the pages may have none. At
    most two statements.

    This and the verbs below raise NotAnswerable: BAD_INPUT when it is not said who writes, NOT_FOUND for an
    employee or a project that does not exist or is not the asker's to ask for.
    """
    everything = by.may(Permission.MANAGE_COMPANY_ACCOUNTS)
    asked = Asked(
        wish=wish_of(context),
        candidates=candidates,
        excluded=excluded,
        cursors=cursors,
        everything=everything,
    )
    return await tell(_desk(context, by=by), asked)


async def resolve(house: House, context: SenderContext, *, by: Actor) -> Resolution:
    """The address a message would leave from, and why."""
    return (await look(house, context, by=by)).resolution


async def decide(context: SenderContext, *, company_id: UUID, employee_id: UUID) -> Resolution:
    """Who would write as whom, asked by nobody in particular: permissions are the caller's to check.

    At most two statements. Raises NotAnswerable (NOT_FOUND) for an unknown employee or project.
    """
    desk = Desk(company_id=company_id, employee_id=employee_id, project_id=context.project_id)
    return (await tell(desk, Asked(wish=wish_of(context)))).resolution


async def candidates(
    house: House, context: SenderContext, request: PageRequest, *, by: Actor
) -> Page[Candidate]:
    """Every address that can be chosen, what ``resolve`` answers with first. At most two statements."""
    if request.after is not None:
        return await more_candidates(await setting(_desk(context, by=by)), request, request.after)
    found = (await look(house, context, candidates=request.first, by=by)).candidates
    assert found is not None, "they were asked for"
    return found


async def excluded(
    house: House, context: SenderContext, request: PageRequest, *, by: Actor
) -> Page[Excluded]:
    """The addresses that cannot be chosen, and why; at most two statements.

    Who manages the company's accounts sees all; others what the writer may know: own accounts and company
    accounts the writer has access to.
    """
    if request.after is not None:
        everything = by.may(Permission.MANAGE_COMPANY_ACCOUNTS)
        at = await setting(_desk(context, by=by))
        return await more_excluded(at, request, request.after, everything=everything)
    found = (await look(house, context, excluded=request.first, by=by)).excluded
    assert found is not None, "they were asked for"
    return found


def _desk(context: SenderContext, *, by: Actor) -> Desk:
    """Of the employee in whose name it is asked."""
    employee_id = context.employee_id or by.employee_id
    if employee_id is None:
        raise NotAnswerable("BAD_INPUT", "employeeId is missing.", "Say for which employee with employeeId.")
    may_ask_for_others = by.may(Permission.SEND_FOR_OTHERS) or by.may(Permission.MANAGE_COMPANY_ACCOUNTS)
    if employee_id != by.employee_id and not may_ask_for_others:
        raise no_such("employee")
    return Desk(company_id=by.company_id, employee_id=employee_id, project_id=context.project_id)
