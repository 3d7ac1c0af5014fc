"""A person's way to the service and back: it is known by the browser that went there, and by no token."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from letterhead.errors import LetterheadError
from letterhead.house import House
from letterhead.signin.advance import Run, begun, go_on
from letterhead.signin.flows import Flow
from letterhead.signin.records import (
    CANCELLED,
    EXPIRED,
    OPEN,
    VISITING,
    Overtaken,
    expire,
    flow_from,
    open_journal,
)
from letterhead.signin.replay import Journal, Outcome, replay
from letterhead.signin.tickets import cookie, cookie_name, flow_named_in, same, ticket
from letterhead.store import models
from letterhead.store.database import now
from letterhead.vault.vault import CannotOpen
from letterhead_providers import Visit


class NotThisWay(LetterheadError):
    """Why nobody is led on, in words for the person at the browser. ``status``: as in HTTP."""

    def __init__(self, title: str, advice: str, *, status: int) -> None:
        super().__init__(title)
        self.title = title
        self.advice = advice
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Departure:
    """``url``: the service's page. ``cookie``: name and value for the browser that goes there."""

    url: str
    cookie: tuple[str, str]


async def depart(house: House, given_ticket: str) -> Departure:
    """The way to the service, for whoever holds the ticket of a flow that waits for it. Raises NotThisWay."""
    row, journal = await _visited(house, given_ticket)
    if not same(given_ticket, ticket(row.id, journal)):
        raise _unknown()
    async with begun(house, row, journal) as run:
        stepped = await replay(run.step, journal) if isinstance(run, Run) else None
    if not isinstance(stepped, Visit):
        raise _gone_on()
    return Departure(url=stepped.url, cookie=(cookie_name(row.id), cookie(journal)))


async def come_back(house: House, answer: Mapping[str, str], cookies: Mapping[str, str]) -> Flow:
    """The flow after the service's answer, which counts once and from the same browser. Raises NotThisWay."""
    row, journal = await _visited(house, answer.get("state", ""))
    if not same(answer["state"], journal.state):
        raise _unknown()
    if not same(cookies.get(cookie_name(row.id), ""), cookie(journal)):
        raise NotThisWay(
            "This sign-in was begun in another browser",
            "Finish it in the browser where it was begun, with cookies allowed, or start it again.",
            status=403,
        )
    try:
        await go_on(house, row, Outcome(need="visit", sent=answer, at=now()))
    except Overtaken:
        raise _gone_on() from None
    return flow_from(row)


async def _visited(house: House, text: str) -> tuple[models.SignInFlow, Journal]:
    flow_id: UUID | None = flow_named_in(text)
    row = await models.SignInFlow.get_or_none(id=flow_id) if flow_id else None
    if row is None:
        raise _unknown()
    if row.expires_at <= now() and row.state in OPEN:
        await expire(house, row)
    if row.state == EXPIRED:
        raise _over("This sign-in has expired", "It was left alone for too long. Start it again.")
    if row.state == CANCELLED:
        raise _over("This sign-in was cancelled", "Start it again when you like.")
    if row.state != VISITING:
        raise _gone_on()
    try:
        return row, open_journal(house, row)
    except CannotOpen:
        raise _over("This sign-in has to be started again", "This server's keys were changed.") from None


def _unknown() -> NotThisWay:
    advice = "The address is not complete, or no longer good. Start the sign-in again."
    return NotThisWay("This sign-in is not known", advice, status=404)


def _gone_on() -> NotThisWay:
    advice = "What came back from the service counts once. See where the sign-in stands, or start it again."
    return _over("This sign-in has gone on already", advice)


def _over(title: str, advice: str) -> NotThisWay:
    return NotThisWay(title, advice, status=410)
