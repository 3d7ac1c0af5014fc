"""The two conversations of a test: one with the server that sends, one with the server that receives."""

import asyncio
from dataclasses import dataclass, field

from letterhead.accounts.account import Proof
from letterhead.accounts.secrets import Credential
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.permanence import refuses_sender
from letterhead.house import House
from letterhead.trials.recorder import Recorder, StepFailed, StepInHand, StopLeg
from letterhead.trials.trial import Step
from letterhead.wire.conversation import Conversation, IncomingConversation
from letterhead.wire.server import MailServer
from letterhead.wire.smtp import SmtpConversation
from letterhead.wire.trouble import Cause
from letterhead_providers import CredentialKind, Diagnosis, Protocol, Stage

TITLES = {
    Stage.RESOLVE: "Find the server {host}",
    Stage.CONNECT: "Connect to {host}:{port}",
    Stage.GREETING: "Hear the server’s greeting",
    Stage.TLS: "Encrypt the connection",
    Stage.CAPABILITIES: "Ask what the server can do",
    Stage.SIGN_IN: "Sign in as {username}",
    Stage.SENDER: "Write as {subject}",
    Stage.MAILBOX: "Look into the mailbox",
}


@dataclass
class Outcome:
    """What the legs found out, for the proofs and for the provider's checks."""

    proofs: dict[str, Proof] = field(default_factory=dict)
    alias_problems: dict[str, Diagnosis] = field(default_factory=dict)
    greeting: str = ""
    capabilities: tuple[str, ...] = ()
    incoming_capabilities: tuple[str, ...] = ()
    stopped: bool = False


def planned(
    server: MailServer, stages: tuple[Stage, ...], subjects: tuple[str, ...] = ()
) -> tuple[Step, ...]:
    """The steps of a leg, before it begins."""
    steps = []
    for stage in stages:
        for subject in subjects if stage is Stage.SENDER else (None,):
            title = TITLES[stage].format(
                host=server.host, port=server.port, username=server.username, subject=subject
            )
            steps.append(Step(leg=server.protocol, stage=stage, subject=subject, title=title))
    return tuple(steps)


class SignInGate:
    """Where both legs use the same login and secret, a refusal by the one is not repeated by the other."""

    def __init__(self, *, shared: bool) -> None:
        self._answer: asyncio.Future[bool] | None = (
            asyncio.get_running_loop().create_future() if shared else None
        )

    def answered(self, *, accepted: bool) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(accepted)

    async def may_try(self) -> bool:
        return True if self._answer is None else await asyncio.shield(self._answer)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What both legs of a test share."""

    house: House
    recorder: Recorder
    provider_key: str
    gate: SignInGate
    outcome: Outcome


async def smtp_leg(
    bench: Bench,
    conversation: SmtpConversation,
    server: MailServer,
    credential: Credential,
    senders: tuple[str, ...],
) -> None:
    """``senders``: the account's address first, then its aliases."""
    recorder, outcome = bench.recorder, bench.outcome
    accepted = True
    try:
        await _open(recorder, conversation, Protocol.SMTP)
        outcome.greeting, outcome.capabilities = conversation.greeting, conversation.capabilities
        if credential.kind is not CredentialKind.NONE:
            accepted = False
            await _sign_in(recorder, conversation, server, credential)
            accepted = True
        bench.gate.answered(accepted=True)
        for sender in senders:
            async with recorder.step(Stage.SENDER, Protocol.SMTP, sender) as step:
                await _try_sender(bench, conversation, step, sender, own=senders[0])
    except StopLeg:
        outcome.stopped = True
        await recorder.skip_rest_of(Protocol.SMTP)
    finally:
        bench.gate.answered(accepted=accepted)
        await _part(conversation, finished=not outcome.stopped)


async def incoming_leg(
    bench: Bench, conversation: IncomingConversation, server: MailServer, credential: Credential
) -> None:
    recorder, stopped = bench.recorder, False
    try:
        await _open(recorder, conversation, server.protocol)
        bench.outcome.incoming_capabilities = conversation.capabilities
        if await bench.gate.may_try():
            await _sign_in(recorder, conversation, server, credential)
            async with recorder.step(Stage.MAILBOX, server.protocol) as step:
                step.evidence = str(await conversation.status())
        else:
            await recorder.skip_rest_of(server.protocol)
    except StopLeg:
        stopped = True
        await recorder.skip_rest_of(server.protocol)
    finally:
        await _part(conversation, finished=not stopped)


async def _open(recorder: Recorder, conversation: Conversation, leg: Protocol) -> None:
    for stage, run in conversation.opening():
        async with recorder.step(stage, leg) as step:
            step.evidence = await run()


async def _sign_in(
    recorder: Recorder,
    conversation: Conversation,
    server: MailServer,
    credential: Credential,
) -> None:
    username, secret = server.username or "", credential.secret
    async with recorder.step(Stage.SIGN_IN, server.protocol) as step:
        try:
            if credential.kind is CredentialKind.OAUTH2:
                ways = credential.mechanisms
                step.evidence = await conversation.sign_in_with_token(username, secret, ways)
            else:
                step.evidence = await conversation.sign_in(username, secret)
        finally:
            step.transcript = tuple(conversation.transcript)


async def _try_sender(
    bench: Bench, conversation: SmtpConversation, step: StepInHand, sender: str, *, own: str
) -> None:
    """What a refusal means is decided by diagnosis: only one about the sender blocks."""
    outcome = bench.outcome
    said = len(conversation.transcript)
    tried = await conversation.try_sender(sender, own)
    step.transcript = tuple(conversation.transcript[said:])
    if tried.stage is None:
        outcome.proofs[sender] = Proof.NOT_REFUSED
        step.evidence = f"The server takes mail from {sender}."
        return
    failure = Failure(
        protocol=Protocol.SMTP,
        stage=tried.stage,
        cause=Cause.REPLY,
        reply=tried.reply,
        provider_key=bench.provider_key,
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


async def _part(conversation: Conversation, *, finished: bool) -> None:
    """Says goodbye where there is time for it; otherwise leaves no socket behind."""
    task = asyncio.current_task()
    if finished and not (task and task.cancelling()):
        await conversation.quit()
    conversation.abort()
