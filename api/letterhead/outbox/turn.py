"""An account's turn at one connection: its messages one after the other, until there are no more or others
wait."""

import asyncio
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from structlog.contextvars import bound_contextvars

from letterhead.house import House
from letterhead.outbox import pacing, queue
from letterhead.outbox.deliver import Desk, deliver, facts_of, write_trouble
from letterhead.outbox.fairness import Due
from letterhead.outbox.holding import in_hand
from letterhead.outbox.ledger import Ledger, insist
from letterhead.outbox.line import Line
from letterhead.outbox.lines import Lines
from letterhead.outbox.measuring import count
from letterhead.outbox.outcome import Settlement
from letterhead.outbox.pacing import LONGEST_REST, Full
from letterhead.outbox.queue import Claim, LeaseLost
from letterhead.outbox.standing import Standing
from letterhead.outbox.waking import AccountTrouble
from letterhead.pace import Turns

log = structlog.get_logger(__name__)

TURN = 100
"""Messages of one account before another gets its turn."""

BATCH = 20
"""Messages that are claimed at once, and laid down again unbegun if the turn ends early."""

LINES = 2
"""Connections to an account at once, in all processes together."""

REST_SECONDS = 30.0
"""For a server that could not be reached, so that each message does not find out anew."""

ELSEWHERE_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """What all turns of a worker share."""

    house: House
    name: str
    stop: asyncio.Event
    lines: Lines
    ledger: Ledger = field(default_factory=Ledger)
    doors: Turns = field(default_factory=Turns)


@dataclass(frozen=True, kw_only=True)
class Rest:
    """How long the account need not be looked at again, or nothing at all of its host's (``of_host``).

    ``away``: the database is.
    """

    seconds: float = 0.0
    of_host: bool = False
    away: bool = False


NO_REST = Rest()


async def take_turn(shop: Workshop, due: Due) -> Rest:
    """Never fails: what goes wrong with one account must not stop the others."""
    line, rest, done = shop.lines.borrow(due.account_id), NO_REST, 0
    standing = Standing(shop.house)
    try:
        while done < TURN and not shop.stop.is_set() and rest is NO_REST:
            most = min(BATCH, TURN - done)
            claims = await _claimed(shop, due, most)
            if not claims:
                away = claims is None
                rest = NO_REST if done and not away else Rest(seconds=ELSEWHERE_SECONDS, away=away)
                break
            done += len(claims)
            rest = await _work(shop, claims, line, standing)
    except Exception as exc:  # noqa: BLE001 - see above
        report("an account's turn failed", exc, account=str(due.account_id))
        rest = Rest(seconds=ELSEWHERE_SECONDS)
    except BaseException:
        line.drop()
        raise
    shop.lines.give_back(due, line)
    return rest


async def _claimed(shop: Workshop, due: Due, most: int) -> list[Claim] | None:
    """None: the database is away."""
    try:
        return await queue.claim(due.account_id, worker=shop.name, most=most, lines=LINES)
    except Exception as exc:  # noqa: BLE001 - drivers raise what they like
        report("nothing could be taken in hand", exc, account=str(due.account_id))
        return None


async def _work(shop: Workshop, claims: Sequence[Claim], line: Line, standing: Standing) -> Rest:
    """What is left unbegun is laid down. One message's outcome is written down while the next one is on its
    way; there are never two of a line that are not."""
    rest, settling = NO_REST, None
    result: Settlement | AccountTrouble | Full | None = None
    async with in_hand(claims) as hand:
        desk = Desk(
            house=shop.house,
            ledger=shop.ledger,
            doors=shop.doors,
            line=line,
            standing=standing,
            hand=hand,
        )
        try:
            for claim in claims:
                if shop.stop.is_set() or claim.id not in hand.left or rest is not NO_REST:
                    break
                result = await _delivered(desk, claim)
                if settling:
                    await settling
                settling, rest = await _concluded(desk, claim, result)
        finally:
            if settling:
                await settling
        await queue.release(list(hand.left.values()))
    if isinstance(result, Full):
        await pacing.tell_to_wait(shop.house, claims[0].account_id, result)
    return rest


async def _delivered(desk: Desk, claim: Claim) -> Settlement | AccountTrouble | Full | None:
    """Whatever one message does, the others go on."""
    try:
        with bound_contextvars(message=str(claim.id)), desk.house.tracing.span("delivery"):
            return await deliver(desk, claim)
    except LeaseLost:
        log.warning("the lease on a message was lost", message=str(claim.id))
    except Exception as exc:  # noqa: BLE001 - one message's fault must not stop the others
        report("a message met a fault", exc, message=str(claim.id), faults=claim.faults)
        await queue.put_back(claim, seconds=FIRST_PAUSE_SECONDS * 2 ** (claim.faults - 1))
    desk.line.drop()
    desk.hand.left.pop(claim.id, None)
    return None


async def _concluded(
    desk: Desk, claim: Claim, result: Settlement | AccountTrouble | Full | None
) -> tuple[asyncio.Task[None] | None, Rest]:
    if isinstance(result, Full):
        return None, Rest(seconds=min(result.wait, LONGEST_REST))
    desk.hand.left.pop(claim.id, None)
    if isinstance(result, AccountTrouble):
        await write_trouble(desk, claim, facts_of(claim), result)
    if not isinstance(result, Settlement):
        desk.house.news.changed(claim.id)
        return None, NO_REST
    settling = asyncio.create_task(_settle(desk, claim, result))
    if not desk.line.opening:
        return settling, NO_REST
    return settling, Rest(seconds=REST_SECONDS, of_host=not desk.line.reached)


async def _settle(desk: Desk, claim: Claim, settlement: Settlement) -> None:
    try:
        await insist(claim, lambda: desk.ledger.settle(claim, settlement))
        count(desk.house.metrics, claim, settlement)
    except LeaseLost:
        log.warning("the lease on a message was lost", message=str(claim.id))
    except Exception as exc:  # noqa: BLE001 - it becomes due again when its lease ends
        report("an outcome was lost", exc, message=str(claim.id))
    desk.house.news.changed(claim.id)


def report(event: str, exc: Exception, **facts: object) -> None:
    """With the fault's kind and place only: its words could hold what the mail is about."""
    frames = traceback.extract_tb(exc.__traceback__)
    at = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    log.error(event, error=type(exc).__name__, at=at, **facts)
