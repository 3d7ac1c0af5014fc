"""One account test from its first step to its verdict, under one deadline."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from letterhead.accounts.drafts import Draft
from letterhead.accounts.grant_reasons import of_token
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
from letterhead.trials.tokens import planned_for, with_token
from letterhead.trials.trial import GOOD, Step, StepStatus, TrialStatus, step_to_json
from letterhead.wire.conversation import Conversation, incoming_conversation
from letterhead.wire.smtp import SmtpConversation
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import CredentialKind, Diagnosis, Protocol, Stage

DEADLINE_SECONDS = 20.0
USABLE_FOR = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What is tested.

    ``incoming_credential``: the same as ``credential`` unless it has its own.
    ``account_id``: the saved account it is about. ``of_saved_settings``: these are tested as they stand.
    """

    trial_id: UUID
    draft: Draft
    method_key: str | None
    credential: Credential
    incoming_credential: Credential
    account_id: UUID | None = None
    of_saved_settings: bool = False


async def run_trial(house: House, setup: Setup) -> None:
    """Runs it to its end and writes the verdict down, unless it was ended from elsewhere."""
    draft = setup.draft

    async def explain(error: WireError) -> Diagnosis:
        diagnosis = await house.explainer.explain(
            Failure.of(
                error,
                provider_key=draft.provider_key,
                host=_host(draft, error.protocol),
                address=draft.address,
            )
        )
        smtp = error.protocol is Protocol.SMTP
        shown = setup.credential if smtp else setup.incoming_credential
        return of_token(diagnosis) if shown.kind is CredentialKind.OAUTH2 else diagnosis

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
    draft, signs_in = setup.draft, setup.credential.kind is not CredentialKind.NONE
    senders = (draft.address, *(alias.address for alias in draft.aliases))
    smtp = SmtpConversation(draft.smtp, house.dialler, local_hostname=house.settings.public_hostname)
    incoming = incoming_conversation(draft.incoming, house.dialler) if draft.incoming else None
    stages = (*_opening(smtp), *([Stage.SIGN_IN] if signs_in else []), Stage.SENDER)
    access = planned_for(setup.credential, setup.incoming_credential)
    recorder.plan(PRECHECK, *access, *planned(draft.smtp, stages, senders))
    if incoming and draft.incoming:
        recorder.plan(*planned(draft.incoming, (*_opening(incoming), Stage.SIGN_IN, Stage.MAILBOX)))
    try:
        async with recorder.step(Stage.PRECHECK) as step:
            step.evidence = await precheck(house, draft, setup.method_key, setup.credential)
        credential, incoming_credential = await _signing_in(house, setup, recorder)
    except StopLeg:
        for leg in (None, *Protocol):
            await recorder.skip_rest_of(leg)
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
                legs.create_task(incoming_leg(bench, incoming, draft.incoming, incoming_credential))
    except BaseExceptionGroup as group:
        if group.subgroup(NoLongerRunning):
            raise NoLongerRunning from None
        raise
    if not outcome.stopped:
        await provider_checks(house, recorder, draft, credential.kind, outcome)


async def _signing_in(house: House, setup: Setup, recorder: Recorder) -> tuple[Credential, Credential]:
    """What the conversations sign in with: of an OAuth2 grant its access token. Raises StopLeg."""
    sending, incoming = setup.credential, setup.incoming_credential
    if not planned_for(sending, incoming):
        return sending, incoming
    key, account_id = setup.draft.provider_key, setup.account_id
    async with recorder.step(Stage.PROVIDER) as step:
        first = await with_token(house, sending, key, account_id, "secret")
        shared = incoming is sending
        second = first if shared else await with_token(house, incoming, key, account_id, "incoming_secret")
        step.evidence = "The service’s permission is good."
    return first, second


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
    if ended and status in GOOD and setup.account_id and setup.of_saved_settings:
        await bring_back(house, setup.account_id)


async def _interrupted(house: House, trial_id: UUID) -> None:
    await models.AccountTest.filter(id=trial_id, status=TrialStatus.RUNNING.value).update(
        status=TrialStatus.INTERRUPTED.value,
        finished_at=now(),
        secret_sealed=None,
        incoming_secret_sealed=None,
    )
    house.news.changed(trial_id)


def _opening(conversation: Conversation) -> tuple[Stage, ...]:
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
