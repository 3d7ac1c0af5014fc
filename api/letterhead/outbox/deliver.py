"""One message in hand: whether it may go now, and what is written down afterwards."""

import asyncio
import random

import structlog

from letterhead.accounts.account import Status
from letterhead.audit.log import Action, Subject, record
from letterhead.diagnosis.stored import diagnosis_from_json
from letterhead.house import House
from letterhead.outbox import outcome, queue, reasons
from letterhead.outbox.attempt import Try, attempt, recovered
from letterhead.outbox.line import Line
from letterhead.outbox.outcome import Addressee, Facts, Settlement
from letterhead.outbox.queue import Claim, LeaseLost
from letterhead.outbox.rules import DeliveryStatus, MessageStatus
from letterhead.outbox.waking import AccountTrouble, itself, wait_for_account
from letterhead.senders import verbs as senders
from letterhead.store import models
from letterhead.store.database import now, transaction
from letterhead_providers import Diagnosis

log = structlog.get_logger(__name__)

MOST_FAULTS = 5
PAUSES = (0.5, 1.0, 2.0)
"""Seconds between tries to write down what a server answered: losing that would mean sending twice."""


async def deliver(house: House, claim: Claim, line: Line) -> bool:
    """False: its account's server cannot be reached just now.

    Raises LeaseLost; anything else is a fault, and the message can be put back.
    """
    facts = Facts(
        at=now(),
        expires_at=claim.expires_at,
        attempts=claim.attempt_count + 1,
        losses=claim.losses,
        policy=claim.policy,
        chance=random.random(),  # noqa: S311 - spreads retries, keeps no secret
    )
    addressees = await queue.addressees(claim)
    result = _over(claim, addressees, facts) or await _tried(house, claim, addressees, facts, line)
    await _insist(claim, addressees, facts, result)
    house.news.changed(claim.id)
    return isinstance(result, AccountTrouble) or not line.unreachable


def _over(claim: Claim, addressees: tuple[Addressee, ...], facts: Facts) -> Settlement | None:
    """What there is to say without looking at its account."""
    if claim.transmitting:
        return recovered(addressees, facts)
    if claim.faults > MOST_FAULTS:
        log.error("a message was set aside after repeated faults", message=str(claim.id))
        return outcome.give_up(addressees, facts, DeliveryStatus.REFUSED, reasons.FAULT)
    if claim.expired:
        return outcome.give_up(addressees, facts, DeliveryStatus.EXPIRED, reasons.EXPIRED)
    if not outcome.to_try(addressees, facts):
        return outcome.settle(addressees, {}, facts)
    return None


async def _tried(
    house: House, claim: Claim, addressees: tuple[Addressee, ...], facts: Facts, line: Line
) -> Settlement | AccountTrouble:
    account = await models.EmailAccount.get_or_none(id=claim.account_id, company_id=claim.company_id)
    if account is None:
        return outcome.hold(addressees, facts, reasons.ACCOUNT_GONE)
    if account.status == Status.DISABLED.value:
        return outcome.hold(addressees, facts, reasons.ACCOUNT_DISABLED)
    if account.status != Status.READY.value:
        return AccountTrouble(
            diagnosis=_problem_of(account), account_id=account.id, settings_version=account.settings_version
        )
    excluded = await senders.still_allowed(
        company_id=claim.company_id,
        account_id=account.id,
        from_address=claim.from_address,
        employee_id=claim.author_id,
        project_id=claim.project_id,
    )
    if excluded:
        return outcome.hold(addressees, facts, reasons.not_allowed_any_more(excluded.explanation))
    return await attempt(house, Try(claim=claim, account=account, addressees=addressees, facts=facts), line)


def _problem_of(account: models.EmailAccount) -> Diagnosis:
    if account.problem:
        return diagnosis_from_json(account.problem)
    paused = account.status == Status.PAUSED.value
    return reasons.ACCOUNT_PAUSED if paused else reasons.NEEDS_CREDENTIAL


async def _insist(
    claim: Claim, addressees: tuple[Addressee, ...], facts: Facts, result: Settlement | AccountTrouble
) -> None:
    for pause in PAUSES:
        try:
            return await _write(claim, addressees, facts, result)
        except LeaseLost:
            raise
        except Exception as exc:  # noqa: BLE001 - drivers raise what they like when a database is away
            log.warning("an outcome could not be written", message=str(claim.id), error=type(exc).__name__)
            await asyncio.sleep(pause)
    return await _write(claim, addressees, facts, result)


async def _write(
    claim: Claim, addressees: tuple[Addressee, ...], facts: Facts, result: Settlement | AccountTrouble
) -> None:
    if isinstance(result, AccountTrouble):
        return await wait_for_account(claim, addressees, facts, result)
    async with transaction():
        await queue.settle(claim, result)
        if result.status is MessageStatus.HELD and result.held_because:
            await record(
                Action.MESSAGE_HELD,
                f"Held a message: {result.held_because.title}",
                by=itself(claim.company_id),
                subject=Subject("Message", claim.id),
            )
    return None
