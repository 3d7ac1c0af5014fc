"""One try at a server, and what its answers mean for the message and each of its recipients."""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from letterhead.accounts.account import Status
from letterhead.accounts.grants import GrantTrouble
from letterhead.accounts.secrets import server_from_json
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.permanence import is_about_sign_in, is_temporary
from letterhead.house import House
from letterhead.outbox import outcome, queue, reasons
from letterhead.outbox.holding import in_hand
from letterhead.outbox.line import Line
from letterhead.outbox.outcome import Addressee, Attempt, Facts, Settlement, Verdict
from letterhead.outbox.queue import Claim
from letterhead.outbox.render import with_date
from letterhead.outbox.rules import DeliveryStatus
from letterhead.outbox.waking import AccountTrouble
from letterhead.store import models
from letterhead.vault.vault import CannotOpen
from letterhead.wire.smtp import Transmission
from letterhead.wire.trouble import Cause, LostAfterDot, WireError
from letterhead_providers import CredentialKind, Diagnosis, Protocol, ServerReply, Stage

IN_THE_ENVELOPE = frozenset({Stage.SENDER, Stage.RECIPIENT, Stage.DATA})


@dataclass(frozen=True, kw_only=True)
class Explained:
    """``temporary``: the same may go through later. ``about_sign_in``: it is the account's trouble."""

    diagnosis: Diagnosis
    temporary: bool
    about_sign_in: bool


@dataclass(frozen=True, kw_only=True)
class Try:
    """What there is to deliver, to whom, and from where."""

    claim: Claim
    account: models.EmailAccount
    addressees: tuple[Addressee, ...]
    facts: Facts

    @property
    def tried(self) -> tuple[Addressee, ...]:
        return outcome.to_try(self.addressees, self.facts)


Explain = Callable[[WireError], Awaitable[Explained]]


async def attempt(house: House, this: Try, line: Line) -> Settlement | AccountTrouble:
    """Raises LeaseLost."""
    started, explain = time.monotonic(), _explainer(house, this)

    def made(reply: ServerReply | None, diagnosis: Diagnosis | None) -> Attempt:
        took_ms = round((time.monotonic() - started) * 1000)
        return Attempt(at=this.facts.at, took_ms=took_ms, reply=reply, diagnosis=diagnosis)

    try:
        taken = await _transmit(this, line)
    except CannotOpen:
        return _trouble(this, reasons.NEEDS_CREDENTIAL, Status.NEEDS_CREDENTIAL)
    except GrantTrouble as trouble:
        line.drop()
        return _without_token(this, trouble, made(None, trouble.diagnosis))
    except LostAfterDot as error:
        line.drop()
        explained = await explain(error)
        diagnosis = reasons.may_have_arrived(explained.diagnosis)
        return _lost(this.addressees, this.facts, made(error.reply, diagnosis), diagnosis)
    except WireError as error:
        line.drop()
        explained = await explain(error)
        return _failed(this, error.stage, explained, made(error.reply, explained.diagnosis))
    return await _judged(this, taken, explain, made)


def recovered(addressees: tuple[Addressee, ...], facts: Facts) -> Settlement:
    """A worker was lost after the message's content went out; whether it arrived nobody can say."""
    made = Attempt(at=facts.at, took_ms=0, diagnosis=reasons.MAY_HAVE_ARRIVED)
    return _lost(addressees, facts, made, reasons.MAY_HAVE_ARRIVED)


async def _transmit(this: Try, line: Line) -> Transmission:
    dated_at = this.claim.dated_at or this.facts.at
    try:
        async with in_hand(this.claim):
            return await line.transmit(
                this.account,
                this.claim.from_address,
                [one.address for one in this.tried],
                with_date(this.claim.content, dated_at),
                before_data=lambda: queue.mark_transmitting(this.claim, dated_at=dated_at),
            )
    except TimeoutError:
        stage = Stage.CONNECT if line.unreachable else Stage.DATA
        kind = LostAfterDot if line.in_doubt else WireError
        raise kind(Protocol.SMTP, stage, Cause.TIMEOUT) from None


def _explainer(house: House, this: Try) -> Explain:
    server = server_from_json(this.account.smtp)

    async def explain(error: WireError) -> Explained:
        failure = Failure.of(
            error,
            provider_key=this.account.provider_key,
            host=server.host if server else "",
            address=this.claim.from_address,
            token=this.account.credential_kind == CredentialKind.OAUTH2.value,
        )
        diagnosis = await house.explainer.explain(failure)
        return Explained(
            diagnosis=diagnosis,
            temporary=is_temporary(failure, diagnosis.code),
            about_sign_in=is_about_sign_in(diagnosis.code),
        )

    return explain


async def _judged(
    this: Try,
    taken: Transmission,
    explain: Explain,
    made: Callable[[ServerReply | None, Diagnosis | None], Attempt],
) -> Settlement | AccountTrouble:
    explained = {one.id: await explain(error) for one, error in refusals(this.tried, taken)}
    decisive = next(iter(explained.values()), None)
    attempt = made(taken.reply, decisive.diagnosis if decisive else None)
    if decisive and len(explained) == len(this.tried) and decisive.about_sign_in and not decisive.temporary:
        return _trouble(this, decisive.diagnosis, Status.PAUSED, attempt)
    verdicts, losses = {}, this.facts.losses
    for one in this.tried:
        if one.id not in explained:
            verdicts[one.id] = Verdict(status=DeliveryStatus.ACCEPTED)
            continue
        why = explained[one.id]
        verdicts[one.id] = outcome.refused(one, why.diagnosis, temporary=why.temporary)
        if one.status is DeliveryStatus.UNCERTAIN and not why.temporary:
            losses = max(losses, outcome.NO_MORE_REPETITION)
    return outcome.settle(this.addressees, verdicts, this.facts, attempt=attempt, losses=losses)


def refusals(tried: Sequence[Addressee], taken: Transmission) -> Iterator[tuple[Addressee, WireError]]:
    """Who was not accepted, with the reply that says so: one's own, or the one to the whole message."""
    answers = {answer.address: answer for answer in taken.recipients}
    for one in tried:
        answer = answers.get(one.address)
        if answer and not answer.accepted:
            yield one, WireError(Protocol.SMTP, Stage.RECIPIENT, Cause.REPLY, reply=answer.reply)
        elif taken.refused_at:
            yield one, WireError(Protocol.SMTP, taken.refused_at, Cause.REPLY, reply=taken.reply)


def _failed(this: Try, stage: Stage, explained: Explained, attempt: Attempt) -> Settlement | AccountTrouble:
    """Before the envelope a lasting failure is the account's; in it the connection was lost: that passes."""
    if stage not in IN_THE_ENVELOPE and not explained.temporary:
        return _trouble(this, explained.diagnosis, Status.PAUSED, attempt)
    verdicts = {one.id: outcome.refused(one, explained.diagnosis, temporary=True) for one in this.tried}
    return outcome.settle(this.addressees, verdicts, this.facts, attempt=attempt)


def _without_token(this: Try, trouble: GrantTrouble, attempt: Attempt) -> Settlement | AccountTrouble:
    """The permission is at an end, or it cannot be renewed just now."""
    if trouble.lasting:
        return _trouble(this, trouble.diagnosis, Status.NEEDS_CREDENTIAL, attempt)
    verdicts = {one.id: outcome.refused(one, trouble.diagnosis, temporary=True) for one in this.tried}
    return outcome.settle(this.addressees, verdicts, this.facts, attempt=attempt)


def _lost(
    addressees: tuple[Addressee, ...], facts: Facts, attempt: Attempt, diagnosis: Diagnosis
) -> Settlement:
    verdicts = outcome.lost(outcome.to_try(addressees, facts), diagnosis)
    return outcome.settle(addressees, verdicts, facts, attempt=attempt, losses=facts.losses + 1)


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
