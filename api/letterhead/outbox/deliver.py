"""One message in hand: whether it may go now, and what is written down afterwards."""

import random
from dataclasses import dataclass

import structlog

from letterhead.accounts.account import Status
from letterhead.diagnosis.stored import diagnosis_from_json
from letterhead.house import House
from letterhead.outbox import outcome, pacing, queue, reasons, waking
from letterhead.outbox.attempt import Result, Try, open_line, recovered, transmit
from letterhead.outbox.holding import Hand
from letterhead.outbox.ledger import Ledger, insist
from letterhead.outbox.line import Line
from letterhead.outbox.outcome import Facts, Settlement
from letterhead.outbox.pacing import Full
from letterhead.outbox.queue import Claim
from letterhead.outbox.rules import DeliveryStatus
from letterhead.outbox.standing import Standing
from letterhead.outbox.waking import AccountTrouble
from letterhead.pace import Turns
from letterhead.store import models
from letterhead_providers import Diagnosis

log = structlog.get_logger(__name__)

MOST_FAULTS = 5


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What there is to work with while an account has its turn. ``doors``: one sign-in to an account at a
    time. ``hand``: the messages that were claimed together."""

    house: House
    ledger: Ledger
    doors: Turns
    line: Line
    standing: Standing
    hand: Hand


async def deliver(desk: Desk, claim: Claim) -> Settlement | AccountTrouble | Full | None:
    """What came of it, to be written down; None: that is done, and the account cannot send.

    Raises LeaseLost; anything else is a fault, and the message can be put back.
    """
    facts = facts_of(claim)
    if over := _over(claim, facts):
        return over
    while True:
        account = await desk.standing.account(claim)
        barred = await _barred(desk, claim, facts, account)
        if barred or account is None:
            return barred
        this = Try(
            house=desk.house,
            ledger=desk.ledger,
            hand=desk.hand,
            line=desk.line,
            claim=claim,
            account=account,
            facts=facts,
        )
        limits = pacing.limits_of(account, await desk.standing.limits(account))
        if not desk.line.serves(account):
            if full := await pacing.is_full(account, limits):
                return full
            failed, written = await _open(desk, this)
            if failed or written:
                return failed
            continue
        if full := await pacing.may_send(account, limits):
            return full
        if result := await transmit(this):
            return result


def facts_of(claim: Claim) -> Facts:
    return Facts(
        at=claim.at,
        expires_at=claim.expires_at,
        attempts=claim.attempt_count + 1,
        losses=claim.losses,
        policy=claim.policy,
        chance=random.random(),  # noqa: S311 - spreads retries, keeps no secret
    )


def _over(claim: Claim, facts: Facts) -> Settlement | None:
    """What there is to say without looking at its account."""
    if claim.transmitting:
        return recovered(claim, facts)
    if claim.faults > MOST_FAULTS:
        log.error("a message was set aside after repeated faults", message=str(claim.id))
        return outcome.give_up(claim.addressees, facts, DeliveryStatus.REFUSED, reasons.FAULT)
    if claim.expired:
        return outcome.give_up(claim.addressees, facts, DeliveryStatus.EXPIRED, reasons.EXPIRED)
    if not outcome.to_try(claim.addressees, facts):
        return outcome.settle(claim.addressees, {}, facts)
    return None


async def _barred(
    desk: Desk, claim: Claim, facts: Facts, account: models.EmailAccount | None
) -> Result | None:
    """Why it may not leave from its account, or not now."""
    if account is None:
        return outcome.hold(claim.addressees, facts, reasons.ACCOUNT_GONE)
    if account.status == Status.DISABLED.value:
        return outcome.hold(claim.addressees, facts, reasons.ACCOUNT_DISABLED)
    excluded = await desk.standing.excluded(claim)
    if excluded:
        because = reasons.not_allowed_any_more(excluded.explanation)
        return outcome.hold(claim.addressees, facts, because)
    if account.status != Status.READY.value:
        return AccountTrouble(
            diagnosis=_problem_of(account), account_id=account.id, settings_version=account.settings_version
        )
    return None


async def _open(desk: Desk, this: Try) -> tuple[Settlement | None, bool]:
    """What came of it if it failed, and whether that is written down. Two connections to an account
    never sign in at once: what the first one finds out holds for the second."""
    async with desk.doors.of(this.account.id):
        desk.standing.forget()
        account = await desk.standing.account(this.claim)
        if account is None or account.status != Status.READY.value:
            return None, False
        result = await open_line(this)
        if result is None:
            await waking.follow(desk.house, account.id)
        if isinstance(result, AccountTrouble):
            await write_trouble(desk, this.claim, this.facts, result)
            return None, True
        return result, False


async def write_trouble(desk: Desk, claim: Claim, facts: Facts, trouble: AccountTrouble) -> None:
    """With whatever else is in hand laid down before, so that it waits too."""
    desk.standing.forget()
    await queue.release([one for one in desk.hand.left.values() if one.id != claim.id])
    desk.hand.left.clear()
    await insist(claim, lambda: waking.wait_for_account(claim, claim.addressees, facts, trouble))
    desk.house.news.changed(claim.company_id)


def _problem_of(account: models.EmailAccount) -> Diagnosis:
    if account.problem:
        return diagnosis_from_json(account.problem)
    paused = account.status == Status.PAUSED.value
    return reasons.ACCOUNT_PAUSED if paused else reasons.NEEDS_CREDENTIAL
