"""One account test from its first step to its verdict, under one deadline."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from letterhead.accounts.drafts import Draft
from letterhead.accounts.readiness import bring_back
from letterhead.accounts.secrets import Credential
from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.house import House
from letterhead.store import models
from letterhead.store.database import now
from letterhead.trials.checks import provider_checks
from letterhead.trials.legs import Bench, Outcome, SignInGate, incoming_leg, planned, smtp_leg
from letterhead.trials.precheck import PRECHECK, precheck
from letterhead.trials.recorder import NoLongerRunning, Recorder, StopLeg
from letterhead.trials.trial import GOOD, Step, StepStatus, TrialStatus, step_to_json
from letterhead.wire.pop3 import Pop3Conversation
from letterhead.wire.smtp import SmtpConversation
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import CredentialKind, Diagnosis, Protocol, Stage

DEADLINE_SECONDS = 20.0
USABLE_FOR = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What is tested.

    ``incoming_credential``: the same as ``credential`` unless it has its own.
    ``of_saved_settings``: the account, when its settings are tested as they stand.
    """

    trial_id: UUID
    draft: Draft
    method_key: str | None
    credential: Credential
    incoming_credential: Credential
    of_saved_settings: UUID | None = None


async def run_trial(house: House, setup: Setup) -> None:
    """Runs it to its end and writes the verdict down, unless it was ended from elsewhere."""
    draft = setup.draft

    async def explain(error: WireError) -> Diagnosis:
        return await house.explainer.explain(
            Failure.of(
                error,
                provider_key=draft.provider_key,
                host=_host(draft, error.protocol),
                address=draft.address,
            )
        )

    async def explain_silence(step: Step) -> Diagnosis:
        return await explain(WireError(step.leg or Protocol.SMTP, step.stage, Cause.TIMEOUT))

    recorder, outcome = Recorder(house, setup.trial_id, explain=explain), Outcome()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await _tests(house, setup, recorder, outcome)
    except TimeoutError:
        await recorder.out_of_time(explain_silence)
    except NoLongerRunning:
        return
    except BaseException:
        await asyncio.shield(_interrupted(house, setup.trial_id))
        raise
    await _finish(house, setup, recorder, outcome)


async def _tests(house: House, setup: Setup, recorder: Recorder, outcome: Outcome) -> None:
    draft, credential = setup.draft, setup.credential
    senders = (draft.address, *(alias.address for alias in draft.aliases))
    smtp = SmtpConversation(draft.smtp, house.dialler, local_hostname=house.settings.public_hostname)
    incoming = Pop3Conversation(draft.incoming, house.dialler) if draft.incoming else None
    signs_in = credential.kind is not CredentialKind.NONE
    stages = (*_opening(smtp), *([Stage.SIGN_IN] if signs_in else []), Stage.SENDER)
    recorder.plan(PRECHECK, *planned(draft.smtp, stages, senders))
    if incoming and draft.incoming:
        recorder.plan(*planned(draft.incoming, (*_opening(incoming), Stage.SIGN_IN, Stage.MAILBOX)))
    try:
        async with recorder.step(Stage.PRECHECK) as step:
            step.evidence = await precheck(house, draft, setup.method_key, credential)
    except StopLeg:
        await recorder.skip_rest_of(Protocol.SMTP)
        await recorder.skip_rest_of(Protocol.POP3)
        return
    bench = Bench(
        house=house,
        recorder=recorder,
        provider_key=draft.provider_key,
        gate=SignInGate(shared=signs_in and _same_sign_in(setup)),
        outcome=outcome,
    )
    try:
        async with asyncio.TaskGroup() as legs:
            legs.create_task(smtp_leg(bench, smtp, draft.smtp, credential, senders))
            if incoming and draft.incoming:
                legs.create_task(incoming_leg(bench, incoming, draft.incoming, setup.incoming_credential))
    except BaseExceptionGroup as group:
        if group.subgroup(NoLongerRunning):
            raise NoLongerRunning from None
        raise
    if not outcome.stopped:
        await provider_checks(house, recorder, draft, credential.kind, outcome)


async def _finish(house: House, setup: Setup, recorder: Recorder, outcome: Outcome) -> None:
    statuses = {step.status for step in recorder.steps}
    failure = next((step.diagnosis for step in recorder.steps if step.status is StepStatus.FAILED), None)
    if StepStatus.FAILED in statuses:
        status = TrialStatus.FAILED
    elif StepStatus.WARNED in statuses:
        status = TrialStatus.PASSED_WITH_WARNINGS
    else:
        status = TrialStatus.PASSED
    at = now()
    verdict: dict[str, object] = {
        "status": status.value,
        "steps": [step_to_json(step) for step in recorder.steps],
        "proofs": {
            sender: {
                "proof": proof.value,
                "problem": diagnosis_to_json(problem)
                if (problem := outcome.alias_problems.get(sender))
                else None,
            }
            for sender, proof in outcome.proofs.items()
        },
        "finished_at": at,
    }
    if status is TrialStatus.FAILED:
        verdict |= {
            "diagnosis": failure and diagnosis_to_json(failure),
            "secret_sealed": None,
            "incoming_secret_sealed": None,
        }
    else:
        verdict["usable_until"] = at + USABLE_FOR
    ended = await models.AccountTest.filter(id=setup.trial_id, status=TrialStatus.RUNNING.value).update(
        **verdict
    )
    house.news.changed(setup.trial_id)
    if ended and status in GOOD and setup.of_saved_settings:
        await bring_back(house, setup.of_saved_settings)


async def _interrupted(house: House, trial_id: UUID) -> None:
    await models.AccountTest.filter(id=trial_id, status=TrialStatus.RUNNING.value).update(
        status=TrialStatus.INTERRUPTED.value,
        finished_at=now(),
        secret_sealed=None,
        incoming_secret_sealed=None,
    )
    house.news.changed(trial_id)


def _opening(conversation: SmtpConversation | Pop3Conversation) -> tuple[Stage, ...]:
    return tuple(stage for stage, _ in conversation.opening())


def _same_sign_in(setup: Setup) -> bool:
    incoming = setup.draft.incoming
    return (
        incoming is not None
        and incoming.username == setup.draft.smtp.username
        and setup.incoming_credential.secret == setup.credential.secret
    )


def _host(draft: Draft, protocol: Protocol) -> str:
    return draft.smtp.host if protocol is Protocol.SMTP or draft.incoming is None else draft.incoming.host
