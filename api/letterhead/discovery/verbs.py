"""The settings an address most likely needs. Touches the network, tries no secret, saves nothing."""

from collections.abc import Awaitable, Callable
from functools import partial

from letterhead.accounts.drafts import parse_address
from letterhead.discovery import configs, services
from letterhead.discovery.found import Discovery, Finding, Look, Source
from letterhead.discovery.gather import gather
from letterhead.discovery.guess import by_guess
from letterhead.discovery.question import Once, Question
from letterhead.discovery.records import by_srv
from letterhead.errors import NotAnswerable, Problem
from letterhead.house import House
from letterhead.identity.actor import Actor, Permission
from letterhead.trials.limits import check_discovery

DEADLINE = 5.0


async def discover(house: House, address: str, *, by: Actor, seconds: float = DEADLINE) -> Discovery:
    """Raises NotAnswerable: FORBIDDEN without the permission TEST, BAD_INPUT for what is no address.

    TooOften where that was asked too often a moment ago.
    """
    if not by.may(Permission.TEST):
        raise NotAnswerable(
            "FORBIDDEN", "You may not test accounts.", "Ask an administrator for the permission TEST."
        )
    clean = _parsed(address)
    await check_discovery(by=by)
    mx = Once(partial(house.dialler.lookup, clean.rpartition("@")[2], "MX"))
    question = Question(
        address=clean,
        catalogue=house.catalogue,
        dialler=house.dialler,
        mx=mx,
        seconds=seconds,
        local_hostname=house.settings.public_hostname,
        ispdb_url=house.settings.ispdb_url,
        ispdb_folder=house.settings.ispdb_folder,
    )
    try:
        candidates, trail = await gather(_looks(question), seconds)
    finally:
        mx.cancel()
    return Discovery(address=clean, candidates=candidates, trail=trail)


def _parsed(address: str) -> str:
    problems: list[Problem] = []
    clean = parse_address(address, ("address",), problems)
    if problems:
        remedy = "Give a whole address, such as alice@example.com."
        raise NotAnswerable("BAD_INPUT", problems[0].message, remedy)
    return clean


def _looks(question: Question) -> tuple[Look, ...]:
    """The most reliable first. All are asked at once, but nobody outside about a domain of a known service,
    and nobody in plain text while there is hope."""
    known = Look(source=Source.PROVIDER_DOMAIN, ask=partial(services.by_domain, question))

    def look(source: Source, ask: Callable[[Question], Awaitable[Finding]], *after: Look) -> Look:
        return Look(source=source, ask=partial(ask, question), after=(known, *after))

    autoconfig = (
        look(Source.AUTOCONFIG, configs.at_subdomain),
        look(Source.AUTOCONFIG, configs.at_well_known),
    )
    databases: list[Look] = []
    if question.ispdb_folder:
        databases.append(look(Source.ISPDB, configs.in_folder))
    if question.ispdb_url:
        databases.append(look(Source.ISPDB, configs.in_database))
    if question.ispdb_folder:
        databases.append(look(Source.ISPDB, configs.in_folder_by_mx))
    if question.ispdb_url:
        databases.append(look(Source.ISPDB, configs.in_database_by_mx))
    return (
        known,
        look(Source.MX_RECORD, services.by_mx),
        *autoconfig,
        look(Source.AUTOCONFIG, configs.in_plain, *autoconfig),
        *databases,
        look(Source.SRV_RECORD, by_srv),
        look(Source.GUESS, by_guess),
    )
