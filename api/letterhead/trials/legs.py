"""The two conversations of a test: one with the server that sends, one with the server that receives."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

from letterhead.accounts.account import Proof
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.message import template, told
from letterhead.diagnosis.permanence import refuses_sender
from letterhead.store.database import now
from letterhead.trials import mailbox
from letterhead.trials.arrivals import remember
from letterhead.trials.bench import Bench
from letterhead.trials.reasons import MAILBOX_IN_TURN, certificate_ends_soon
from letterhead.trials.recorder import StepFailed, StepInHand, StopLeg
from letterhead.trials.trial import Step
from letterhead.wire.conversation import Conversation, IncomingConversation, incoming_conversation
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import SmtpConversation
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import Protocol, Stage

TITLES = {
    Stage.RESOLVE: template("Find the server {host}"),
    Stage.CONNECT: template("Connect to {host}:{port}"),
    Stage.GREETING: template("Hear the server’s greeting"),
    Stage.TLS: template("Encrypt the connection"),
    Stage.CAPABILITIES: template("Ask what the server can do"),
    Stage.SIGN_IN: template("Sign in as {username}"),
    Stage.SENDER: template("Write as {subject}"),
    Stage.MAILBOX: template("Look into the mailbox"),
}
SOON = timedelta(days=14)
LAST_SECONDS = 3.0
"""Kept back for the end of a leg that has tried to get into a busy mailbox again and again."""


def planned(
    server: MailServer, stages: tuple[Stage, ...], subjects: tuple[str, ...] = ()
) -> tuple[Step, ...]:
    """The steps of a leg, before it begins."""
    steps = []
    for stage in stages:
        for subject in subjects if stage is Stage.SENDER else (None,):
            title = told(
                TITLES[stage],
                host=server.host,
                port=server.port,
                username=server.username or "",
                subject=subject or "",
            )
            steps.append(Step(leg=server.protocol, stage=stage, subject=subject, title=title))
    return tuple(steps)


async def smtp_leg(bench: Bench, conversation: SmtpConversation) -> None:
    recorder, outcome, server = bench.recorder, bench.outcome, bench.draft.smtp
    accepted, done = True, False
    try:
        await _open(bench, conversation, server)
        outcome.greeting, outcome.capabilities = conversation.greeting, conversation.capabilities
        if bench.setup.signs_in:
            accepted = False
            async with recorder.step(Stage.SIGN_IN, Protocol.SMTP) as step:
                try:
                    step.evidence = await mailbox.sign_in(conversation, server, bench.setup.credential)
                finally:
                    step.transcript = tuple(conversation.transcript)
            accepted = True
        bench.gate.answered(accepted=True)
        for sender in bench.senders:
            async with recorder.step(Stage.SENDER, Protocol.SMTP, sender) as step:
                await _try_sender(bench, conversation, step, sender)
        done = True
    except StopLeg:
        outcome.stopped = True
        recorder.skip_rest_of(Protocol.SMTP)
    finally:
        bench.gate.answered(accepted=accepted)
        await _part(bench, conversation, AsyncExitStack(), politely=done)


async def incoming_leg(bench: Bench, server: MailServer) -> None:
    recorder, outcome, holding = bench.recorder, bench.outcome, AsyncExitStack()
    conversation: IncomingConversation = incoming_conversation(server, bench.house.dialler)
    done = False
    try:
        await _open(bench, conversation, server)
        outcome.incoming_capabilities = conversation.capabilities
        if await bench.gate.may_try():
            async with recorder.step(Stage.SIGN_IN, server.protocol) as step:
                conversation = await _get_in(bench, conversation, server, step, holding)
            if step.warning is None:
                await _look(bench, conversation, server)
                done = True
    except StopLeg:
        pass
    finally:
        recorder.skip_rest_of(server.protocol)
        await _part(bench, conversation, holding, politely=done)


async def _open(bench: Bench, conversation: Conversation, server: MailServer) -> None:
    open_, passage = False, bench.passages[server.protocol]
    passage.begins(conversation)
    try:
        for stage, run in conversation.opening():
            async with bench.recorder.step(stage, server.protocol) as step:
                try:
                    step.evidence = await run()
                except WireError as error:
                    raise passage.in_truth(error) from None
                ends = conversation.certificate_ends if stage is Stage.TLS else None
                if ends and ends < now() + SOON:
                    step.warning = certificate_ends_soon(server.host, ends.date())
        open_ = True
    finally:
        passage.ended(open_=open_)


async def _get_in(
    bench: Bench,
    conversation: IncomingConversation,
    server: MailServer,
    step: StepInHand,
    holding: AsyncExitStack,
) -> IncomingConversation:
    """The conversation that is signed in, a new one where the mailbox was busy at first.

    Where it stays busy the step warns: the secret is not at fault.
    """
    if not await _in_turn(bench, server, holding):
        step.warning = MAILBOX_IN_TURN
        return conversation
    try:
        busy = await _attempt(bench, conversation, server, step)
        for pause in mailbox.pauses():
            if busy is None or bench.seconds_left() < pause + LAST_SECONDS:
                break
            conversation.abort()
            await asyncio.sleep(pause)
            conversation = incoming_conversation(server, bench.house.dialler)
            busy = await _attempt(bench, conversation, server, step, again=busy)
    except BaseException:
        conversation.abort()
        raise
    step.warning = await bench.explain(busy) if busy else None
    return conversation


async def _attempt(
    bench: Bench,
    conversation: IncomingConversation,
    server: MailServer,
    step: StepInHand,
    *,
    again: WireError | None = None,
) -> WireError | None:
    """What says that the mailbox is busy. ``again``: the last that said so. Raises any other WireError."""
    try:
        if again:
            await conversation.open()
    except WireError:
        return again
    try:
        step.evidence = await mailbox.sign_in(conversation, server, bench.setup.incoming_credential)
    except WireError as error:
        if not mailbox.is_busy(error):
            raise
        return error
    finally:
        step.transcript = tuple(conversation.transcript)
    return None


async def _look(bench: Bench, conversation: IncomingConversation, server: MailServer) -> None:
    async with bench.recorder.step(Stage.MAILBOX, server.protocol) as step:
        step.evidence = str(await conversation.status())
        if bench.setup.round_trip:
            bench.outcome.memory = await remember(conversation)


async def _in_turn(bench: Bench, server: MailServer, holding: AsyncExitStack) -> bool:
    try:
        async with asyncio.timeout(bench.seconds_left() - LAST_SECONDS):
            await holding.enter_async_context(mailbox.turn(bench.house, server))
    except TimeoutError:
        return False
    return True


async def _try_sender(bench: Bench, conversation: SmtpConversation, step: StepInHand, sender: str) -> None:
    """What a refusal means is decided by diagnosis: only one about the sender blocks."""
    outcome, own = bench.outcome, bench.draft.address
    said = len(conversation.transcript)
    tried = await conversation.try_sender(sender, own, last=sender == bench.senders[-1])
    step.transcript = tuple(conversation.transcript[said:])
    if tried.stage is None:
        outcome.proofs[sender] = Proof.NOT_REFUSED
        step.evidence = told("The server takes mail from {sender}.", sender=sender)
        return
    failure = Failure(
        protocol=Protocol.SMTP,
        stage=tried.stage,
        cause=Cause.REPLY,
        reply=tried.reply,
        provider_key=bench.draft.provider_key,
        address=sender,
    )
    diagnosis = await bench.house.explainer.explain(failure)
    step.evidence = tried.reply.text
    if not refuses_sender(failure, diagnosis):
        outcome.proofs[sender] = Proof.NOT_REFUSED
        step.warning = diagnosis
        return
    outcome.proofs[sender] = Proof.REFUSED
    if sender == own:
        raise StepFailed(diagnosis)
    outcome.alias_problems[sender] = diagnosis
    step.warning = diagnosis


async def _part(bench: Bench, conversation: Conversation, holding: AsyncExitStack, *, politely: bool) -> None:
    """Nobody waits for a server's goodbye; and where there is no time for one, no socket is left behind."""
    if politely and not mailbox.is_being_cancelled():
        mailbox.leave(bench.house, conversation, holding)
    else:
        await mailbox.abandon(conversation, holding)
