"""One try at a server, and what its answers mean for the message and each of its recipients."""

import asyncio
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from letterhead.accounts.account import Status
from letterhead.accounts.grants import GrantTrouble
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.permanence import is_about_sign_in, is_temporary
from letterhead.house import House
from letterhead.outbox import outcome, queue, reasons
from letterhead.outbox.holding import Hand
from letterhead.outbox.ledger import Ledger, insist
from letterhead.outbox.line import Line
from letterhead.outbox.outcome import Addressee, Attempt, Facts, Settlement, Verdict
from letterhead.outbox.queue import Claim
from letterhead.outbox.render import with_date
from letterhead.outbox.rules import DeliveryStatus, may_pass
from letterhead.outbox.waking import AccountTrouble
from letterhead.store import models
from letterhead.vault.vault import CannotOpen
from letterhead.wire.smtp import Outgoing, RecipientReply, Transmission
from letterhead.wire.stored import server_from_json
from letterhead.wire.trouble import CannotCarry, Cause, LostAfterDot, WireError
from letterhead_providers import CredentialKind, Diagnosis, Protocol, ServerReply, Stage

IN_THE_ENVELOPE = frozenset({Stage.SENDER, Stage.RECIPIENT, Stage.DATA})
OPENING_SECONDS = 120.0
"""From the look-up to being signed in; a server that keeps strangers waiting takes a good part of it."""


@dataclass(frozen=True, kw_only=True)
class Explained:
    """``temporary``: the same may go through later. ``about_sign_in``: it is the account's trouble."""

    diagnosis: Diagnosis
    temporary: bool
    about_sign_in: bool


@dataclass(frozen=True, kw_only=True)
class Try:
    """What there is to deliver, to whom, from where, and over what. ``started``: by the monotonic clock."""

    house: House
    ledger: Ledger
    hand: Hand
    line: Line
    claim: Claim
    account: models.EmailAccount
    facts: Facts
    started: float = field(default_factory=time.monotonic)

    @property
    def addressees(self) -> tuple[Addressee, ...]:
        return self.claim.addressees

    @property
    def tried(self) -> tuple[Addressee, ...]:
        return outcome.to_try(self.addressees, self.facts)

    def made(self, reply: ServerReply | None, diagnosis: Diagnosis | None) -> Attempt:
        took_ms = round((time.monotonic() - self.started) * 1000)
        return Attempt(at=self.facts.at, took_ms=took_ms, reply=reply, diagnosis=diagnosis)


Result = Settlement | AccountTrouble


async def open_line(this: Try) -> Result | None:
    """None: it is open. Raises LeaseLost, here and below."""

    async def opening() -> None:
        async with asyncio.timeout(OPENING_SECONDS):
            await this.line.open(this.account)

    opened = await _judged(this, Stage.CONNECT, opening())
    return opened if isinstance(opened, Settlement | AccountTrouble) else None


async def transmit(this: Try) -> Result | None:
    """None: the connection turned out to be closed, before the message was begun."""
    dated_at = this.claim.dated_at or this.facts.at.replace(microsecond=0)
    begun = False

    async def begin() -> None:
        """The server waits, and so it is told again and again while the lease is known to last."""
        nonlocal begun
        await insist(this.claim, lambda: this.ledger.begin(this.claim, dated_at=dated_at))
        begun = True

    outgoing = Outgoing(
        sender=this.claim.from_address,
        recipients=[one.address for one in this.tried],
        content=with_date(await queue.content(this.claim), dated_at),
        envelope_id=this.claim.id.hex,
        before_content=begin,
        in_time=this.hand.in_time,
    )
    taken = await _judged(this, Stage.DATA, this.line.transmit(outgoing))
    result = await _settled(this, taken) if isinstance(taken, Transmission) else taken
    return replace(result, begun=begun) if isinstance(result, Settlement) else result


async def _judged(
    this: Try, stage: Stage, work: Awaitable[Transmission | None]
) -> Transmission | Result | None:
    """What came of ``work``, or what its failure means. ``stage``: where it was, if it took too long."""
    try:
        async with this.hand.working_on(this.claim):
            return await work
    except CannotOpen:
        return _trouble(this, reasons.NEEDS_CREDENTIAL, Status.NEEDS_CREDENTIAL)
    except GrantTrouble as trouble:
        this.line.drop()
        return _without_token(this, trouble)
    except LostAfterDot as lost:
        answers = lost.recipients
        error: WireError = lost
    except TimeoutError:
        answers = this.line.answers
        error = (LostAfterDot if this.line.in_doubt else WireError)(Protocol.SMTP, stage, Cause.TIMEOUT)
    except WireError as failed:
        error = failed
    if isinstance(error, LostAfterDot):
        this.line.drop()
        return await _lost(this, error, answers)
    if not isinstance(error, CannotCarry):
        this.line.drop()
    return _failed(this, error.stage, await _explain(this, error), error.reply)


def recovered(claim: Claim, facts: Facts) -> Settlement:
    """A worker was lost after the message's content went out; whether it arrived nobody can say."""
    made = Attempt(at=facts.at, took_ms=0, diagnosis=reasons.MAY_HAVE_ARRIVED)
    verdicts = outcome.lost(outcome.to_try(claim.addressees, facts), reasons.MAY_HAVE_ARRIVED)
    return outcome.settle(claim.addressees, verdicts, facts, attempt=made, losses=facts.losses + 1)


async def _explain(this: Try, error: WireError) -> Explained:
    server = server_from_json(this.account.smtp)
    failure = Failure.of(
        error,
        provider_key=this.account.provider_key,
        host=server.host if server else "",
        address=this.claim.from_address,
        token=this.account.credential_kind == CredentialKind.OAUTH2.value,
    )
    diagnosis = await this.house.explainer.explain(failure)
    return Explained(
        diagnosis=diagnosis,
        temporary=may_pass(diagnosis.retry, temporary=is_temporary(failure, diagnosis.code)),
        about_sign_in=is_about_sign_in(diagnosis.code),
    )


async def _settled(this: Try, taken: Transmission) -> Result:
    explained = {
        one.id: await _explain(this, error)
        for one, error in refusals(this.tried, taken.recipients, taken.unspeakable)
    }
    if taken.refused_at:
        refusal = WireError(Protocol.SMTP, taken.refused_at, Cause.REPLY, reply=taken.reply)
        others = [one for one in this.tried if one.id not in explained]
        if others:
            explained |= dict.fromkeys((one.id for one in others), await _explain(this, refusal))
    decisive = next(iter(explained.values()), None)
    attempt = this.made(taken.reply, decisive.diagnosis if decisive else None)
    if decisive and len(explained) == len(this.tried) and decisive.about_sign_in and not decisive.temporary:
        return _trouble(this, decisive.diagnosis, Status.PAUSED, attempt)
    accepted = Verdict(status=DeliveryStatus.ACCEPTED)
    return _written(this, explained, accepted, attempt, this.facts.losses)


async def _lost(this: Try, lost: WireError, answers: tuple[RecipientReply, ...]) -> Settlement:
    """Whom the server had refused by then, it has not delivered to whatever it did with the message."""
    diagnosis = reasons.may_have_arrived((await _explain(this, lost)).diagnosis)
    asked = {answer.address for answer in answers}
    not_asked = [one.address for one in this.tried if answers and one.address not in asked]
    explained = {
        one.id: await _explain(this, error) for one, error in refusals(this.tried, answers, not_asked)
    }
    uncertain = Verdict(status=DeliveryStatus.UNCERTAIN, diagnosis=diagnosis)
    return _written(this, explained, uncertain, this.made(lost.reply, diagnosis), this.facts.losses + 1)


def _written(
    this: Try, explained: Mapping[UUID, Explained], otherwise: Verdict, attempt: Attempt, losses: int
) -> Settlement:
    verdicts = {}
    for one in this.tried:
        if one.id not in explained:
            verdicts[one.id] = otherwise
            continue
        why = explained[one.id]
        verdicts[one.id] = outcome.refused(one, why.diagnosis, temporary=why.temporary)
        if one.status is DeliveryStatus.UNCERTAIN and not why.temporary:
            losses = max(losses, outcome.NO_MORE_REPETITION)
    return outcome.settle(this.addressees, verdicts, this.facts, attempt=attempt, losses=losses)


def refusals(
    tried: Sequence[Addressee], answers: Sequence[RecipientReply], unspeakable: Sequence[str] = ()
) -> Iterator[tuple[Addressee, WireError]]:
    """Who was not accepted, with what says so."""
    by_address = {answer.address: answer for answer in answers}
    for one in tried:
        answer = by_address.get(one.address)
        if answer and not answer.accepted:
            yield one, WireError(Protocol.SMTP, Stage.RECIPIENT, Cause.REPLY, reply=answer.reply)
        elif one.address in unspeakable:
            yield one, WireError(Protocol.SMTP, Stage.RECIPIENT, Cause.ADDRESS_NOT_ASCII)


def _failed(this: Try, stage: Stage, explained: Explained, reply: ServerReply | None) -> Result:
    """Before the envelope a lasting failure is the account's; in it, the message's."""
    attempt = this.made(reply, explained.diagnosis)
    if stage not in IN_THE_ENVELOPE and not explained.temporary:
        return _trouble(this, explained.diagnosis, Status.PAUSED, attempt)
    return _nobody(this, explained.diagnosis, attempt, temporary=explained.temporary)


def _without_token(this: Try, trouble: GrantTrouble) -> Result:
    """The permission is at an end, or it cannot be renewed just now."""
    attempt = this.made(None, trouble.diagnosis)
    if trouble.lasting:
        return _trouble(this, trouble.diagnosis, Status.NEEDS_CREDENTIAL, attempt)
    return _nobody(this, trouble.diagnosis, attempt, temporary=True)


def _nobody(this: Try, diagnosis: Diagnosis, attempt: Attempt, *, temporary: bool) -> Settlement:
    verdicts = {one.id: outcome.refused(one, diagnosis, temporary=temporary) for one in this.tried}
    return outcome.settle(this.addressees, verdicts, this.facts, attempt=attempt)


def _trouble(
    this: Try, diagnosis: Diagnosis, becomes: Status, attempt: Attempt | None = None
) -> AccountTrouble:
    return AccountTrouble(
        diagnosis=diagnosis,
        account_id=this.account.id,
        settings_version=this.account.settings_version,
        becomes=becomes,
        attempt=attempt,
    )
