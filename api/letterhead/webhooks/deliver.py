"""Telling one event to one webhook, signed as Standard Webhooks says (https://www.standardwebhooks.com)."""

import asyncio
import random
import time

import orjson
import structlog

from letterhead.house import House
from letterhead.store.database import now
from letterhead.vault.vault import CannotOpen
from letterhead.webhooks import queue, reasons
from letterhead.webhooks.queue import Claim
from letterhead.webhooks.rules import GONE, next_attempt, signature, was_taken
from letterhead.webhooks.webhook import unseal
from letterhead.wire.http import post
from letterhead.wire.http_answer import HttpAnswer
from letterhead_providers import Fetch

log = structlog.get_logger(__name__)

DEADLINE_SECONDS = 20
MOST_FAULTS = 5


async def deliver(house: House, claim: Claim) -> bool:
    """Whether it arrived. Raises LeaseLost; anything else is a fault, and the event is due again later."""
    if claim.faults > MOST_FAULTS:
        log.error("an event was set aside after repeated faults", delivery=str(claim.id))
        await queue.give_up(claim, reasons.given_up(reasons.TOO_SLOW), switch_off=False)
        return False
    try:
        request = _request(house, claim)
    except CannotOpen:
        await _failed(claim, reasons.NO_SECRET)
        return False
    begun = time.monotonic()
    with house.tracing.span("webhook"):
        answer = await _answer(house, request)
    taken = answer is not None and was_taken(answer.status)
    attempts = house.metrics.webhooks.labels("delivered" if taken else "failed")
    attempts.observe(time.monotonic() - begun)
    if taken:
        await queue.delivered(claim)
        return True
    if answer and answer.status == GONE:
        await queue.give_up(claim, reasons.gone(), switch_off=True)
    else:
        await _failed(claim, _why(answer))
    return False


def _request(house: House, claim: Claim) -> Fetch:
    """Raises CannotOpen."""
    secret = unseal(
        house,
        claim.secret_sealed,
        webhook_id=claim.webhook_id,
        company_id=claim.company_id,
        url=claim.url,
    )
    body, at, delivery_id = orjson.dumps(claim.payload), int(time.time()), f"evt_{claim.id.hex}"
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Letterhead",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(secret.reveal(), delivery_id, at, body),
    }
    return Fetch(method="POST", url=claim.url, headers=headers, body=body.decode())


async def _answer(house: House, request: Fetch) -> HttpAnswer | None:
    """None: there was none in time."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await post(house.dialler, request)
    except TimeoutError:
        return None


def _why(answer: HttpAnswer | None) -> str:
    if answer is None:
        return reasons.TOO_SLOW
    return reasons.not_answered(answer.error) if answer.error else reasons.answered(answer.status)


async def _failed(claim: Claim, why: str) -> None:
    """After the last attempt the webhook is switched off, unless something did arrive since the event."""
    chance = random.random()  # noqa: S311 - spreads retries, keeps no secret
    if until := next_attempt(claim.attempts + 1, at=now(), chance=chance):
        await queue.put_off(claim, until, reasons.later(why))
        return
    arrived = await queue.last_delivered_at(claim.webhook_id)
    switch_off = arrived is None or arrived < claim.created_at
    await queue.give_up(claim, reasons.given_up(why), switch_off=switch_off)
