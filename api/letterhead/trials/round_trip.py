"""Messages of a mailbox to itself: some servers judge a From only at the message's end, and some replace it
without a word. What was sent, and that alone, is deleted again."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from letterhead.accounts.account import Proof
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.message import told
from letterhead.diagnosis.permanence import refuses_sender
from letterhead.store.database import now
from letterhead.trials import mailbox
from letterhead.trials.arrivals import Memory, arrivals, remove
from letterhead.trials.bench import Bench
from letterhead.trials.letter import Letter, author_of, compose, is_of, is_same_address
from letterhead.trials.reasons import NOT_LOOKED_FOR, from_replaced, not_arrived
from letterhead.trials.recorder import StepFailed, StepInHand, StopLeg
from letterhead.trials.trial import Step
from letterhead.wire.conversation import IncomingConversation
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import Outgoing, SmtpConversation
from letterhead.wire.trouble import Cause, LostAfterDot, WireError
from letterhead_providers import Diagnosis, Protocol, Stage

SECONDS = 60.0
MOST_MESSAGES = 3
FIRST_LOOK = 0.3
"""Seconds after it was handed over; the looks that follow come further and further apart."""


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """``author``: the From address it came with. ``removed``: whether it is gone again."""

    author: str
    removed: bool


@dataclass(frozen=True, kw_only=True)
class Refused:
    """``of_sender``: it rules the From address out."""

    diagnosis: Diagnosis
    of_sender: bool = False


Result = Arrived | Refused
Results = Mapping[Letter, asyncio.Future[Result]]


def step_for(sender: str) -> Step:
    title = told("Send a message to itself as {subject}", subject=sender)
    return Step(stage=Stage.ROUND_TRIP, subject=sender, title=title)


async def round_trips(bench: Bench) -> None:
    """One for the account's address and for each alias that was not refused, three at most."""
    incoming = bench.draft.incoming
    assert incoming, "start has seen to that"
    proofs, own = bench.outcome.proofs, bench.draft.address
    senders = [one for one in bench.senders if proofs.get(one) is Proof.NOT_REFUSED][:MOST_MESSAGES]
    bench.recorder.plan(*(step_for(sender) for sender in senders if sender != own))
    hostname, loop = bench.house.settings.public_hostname, asyncio.get_running_loop()
    letters = [compose(sender, own, hostname=hostname, at=now()) for sender in senders]
    results: Results = {letter: loop.create_future() for letter in letters}
    async with asyncio.TaskGroup() as group:
        for letter, result in results.items():
            group.create_task(_judged(bench, letter, result))
        group.create_task(_carried(bench, incoming, results))


async def _judged(bench: Bench, letter: Letter, result: asyncio.Future[Result]) -> None:
    with suppress(StopLeg):
        async with bench.recorder.step(Stage.ROUND_TRIP, None, letter.sender) as step:
            match await result:
                case Arrived(author=author) as arrived if is_same_address(author, letter.sender):
                    bench.outcome.proofs[letter.sender] = Proof.ROUND_TRIP
                    step.evidence = _seen(arrived)
                case Arrived(author=author) as arrived:
                    step.evidence = _seen(arrived)
                    _rule_out(bench, step, letter.sender, from_replaced(letter.sender, author))
                case Refused(diagnosis=diagnosis, of_sender=True):
                    _rule_out(bench, step, letter.sender, diagnosis)
                case Refused(diagnosis=diagnosis):
                    step.warning = diagnosis


def _seen(arrived: Arrived) -> str:
    if arrived.removed:
        return told("It arrived as {author} and was deleted again.", author=arrived.author)
    return told("It arrived as {author} and is still in the mailbox.", author=arrived.author)


def _rule_out(bench: Bench, step: StepInHand, sender: str, diagnosis: Diagnosis) -> None:
    """Without its own address an account is of no use; without an alias it is."""
    bench.outcome.proofs[sender] = Proof.REFUSED
    if sender == bench.draft.address:
        raise StepFailed(diagnosis)
    bench.outcome.alias_problems[sender] = diagnosis
    step.warning = diagnosis


async def _carried(bench: Bench, incoming: MailServer, results: Results) -> None:
    """Gives every letter its result."""
    memory, trouble = bench.outcome.memory, list[WireError]()
    try:
        async with asyncio.timeout(SECONDS):
            if memory is not None:
                await _send(bench, list(results), results)
                await _watch(bench, incoming, memory, results, trouble)
    except TimeoutError:
        pass
    for letter in _open(results):
        if memory is None:
            diagnosis = NOT_LOOKED_FOR
        elif trouble:
            diagnosis = await bench.explain(trouble[-1])
        else:
            diagnosis = not_arrived(letter.subject, round(SECONDS))
        results[letter].set_result(Refused(diagnosis=diagnosis))


def _open(results: Results) -> list[Letter]:
    return [letter for letter, result in results.items() if not result.done()]


async def _send(bench: Bench, letters: Sequence[Letter], results: Results) -> None:
    """Through a connection of its own: a server may have closed the one that waited for the other leg."""
    server, house, waiting = bench.draft.smtp, bench.house, list(letters)
    conversation = SmtpConversation(server, house.dialler, local_hostname=house.settings.public_hostname)
    try:
        await conversation.open()
        if bench.setup.signs_in:
            await mailbox.sign_in(conversation, server, bench.setup.credential)
        for letter in letters:
            if refused := await _handed_over(bench, conversation, letter):
                results[letter].set_result(refused)
            waiting.remove(letter)
        await conversation.quit()
    except WireError as error:
        diagnosis = await bench.explain(error)
        may_arrive = isinstance(error, LostAfterDot)
        for letter in waiting[1:] if may_arrive else waiting:
            results[letter].set_result(Refused(diagnosis=diagnosis))
    finally:
        conversation.abort()


async def _handed_over(bench: Bench, conversation: SmtpConversation, letter: Letter) -> Refused | None:
    taken = await conversation.transmit(
        Outgoing(sender=letter.sender, recipients=[letter.to], content=letter.content)
    )
    if taken.refused_at is None:
        return None
    failure = Failure(
        protocol=Protocol.SMTP,
        stage=taken.refused_at,
        cause=Cause.REPLY,
        reply=taken.reply,
        provider_key=bench.draft.provider_key,
        address=letter.sender,
    )
    diagnosis = await bench.house.explainer.explain(failure)
    return Refused(diagnosis=diagnosis, of_sender=refuses_sender(failure, diagnosis))


async def _watch(
    bench: Bench, incoming: MailServer, memory: Memory, results: Results, trouble: list[WireError]
) -> None:
    """Looks into the mailbox again and again. ``trouble``: what kept us out the last time."""
    for pause in mailbox.pauses(FIRST_LOOK):
        await asyncio.sleep(pause)
        found: dict[Letter, Arrived] = {}
        try:
            async with mailbox.signed_in(bench.house, incoming, bench.setup.incoming_credential) as opened:
                await _look(opened, memory, _open(results), found)
            trouble.clear()
        except WireError as error:
            trouble[:] = [error]
            found = {letter: replace(arrived, removed=False) for letter, arrived in found.items()}
        for letter, arrived in found.items():
            results[letter].set_result(arrived)
        if not _open(results) or any(map(_is_final, trouble)):
            return


def _is_final(error: WireError) -> bool:
    """A secret that is refused is not shown again."""
    return error.stage is Stage.SIGN_IN and error.cause is Cause.REPLY and not mailbox.is_busy(error)


async def _look(
    opened: IncomingConversation, memory: Memory, letters: Sequence[Letter], found: dict[Letter, Arrived]
) -> None:
    async for number, head in arrivals(opened, memory):
        letter = next((one for one in letters if one not in found and is_of(one, head)), None)
        if letter is not None:
            found[letter] = Arrived(author=author_of(head), removed=await _removed(opened, number))


async def _removed(opened: IncomingConversation, number: int) -> bool:
    try:
        return await remove(opened, number)
    except WireError as error:
        if error.cause is not Cause.REPLY:
            raise
        return False
