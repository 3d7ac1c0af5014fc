"""One account test from its first step to its verdict, under one deadline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from letterhead.diagnosis.failure import Failure
from letterhead.diagnosis.message import told
from letterhead.house import House
from letterhead.store import models
from letterhead.store.database import now
from letterhead.trials import round_trip
from letterhead.trials.bench import Bench, Outcome, SignInGate
from letterhead.trials.checks import provider_checks
from letterhead.trials.legs import incoming_leg, planned, smtp_leg
from letterhead.trials.precheck import PRECHECK, precheck
from letterhead.trials.reasons import login_in_another_form
from letterhead.trials.recorder import NoLongerRunning, Recorder, StopLeg
from letterhead.trials.setup import Setup
from letterhead.trials.suggestion import look_around, other_form, suggested
from letterhead.trials.tokens import planned_for, with_token
from letterhead.trials.trial import Step, StepStatus
from letterhead.trials.verdict import Found, finish, interrupted
from letterhead.wire.conversation import Conversation, incoming_conversation
from letterhead.wire.smtp import SmtpConversation
from letterhead.wire.trouble import Cause, WireError
from letterhead_providers import CredentialKind, Diagnosis, DiagnosisCode, Protocol, Stage

DEADLINE_SECONDS = 20.0
WAITING_SECONDS = 10.0
"""So often a test that waits for its place says that it is still wanted."""


def grace(*, with_round_trip: bool) -> timedelta:
    """Past this a test that still runs has lost its process."""
    return timedelta(seconds=DEADLINE_SECONDS + 10 + (round_trip.SECONDS if with_round_trip else 0))


async def run_trial(house: House, setup: Setup) -> None:
    """Runs it to its end and writes the verdict down, unless it was ended from elsewhere."""

    async def explain(error: WireError) -> Diagnosis:
        return await _explained(house, setup, error)

    recorder, outcome = Recorder(house, setup.trial_id, explain=explain), Outcome()
    bench = Bench(
        house=house, setup=setup, recorder=recorder, outcome=outcome, explain=explain, gate=_gate(setup)
    )
    try:
        async with recorder.writing():
            smtp = _plan(bench)
            async with _place(house, setup):
                with house.tracing.span("account test"):
                    bench = await _within_deadline(bench, smtp)
                if setup.round_trip and not _has_failed(recorder):
                    await round_trip.round_trips(bench)
                recorder.skip_rest_of(None)
    except NoLongerRunning:
        return
    except BaseException:
        await asyncio.shield(interrupted(house, setup.trial_id))
        raise
    found = Found(steps=recorder.steps, outcome=outcome, suggestion=suggested(bench))
    await finish(house, setup, found)


def _gate(setup: Setup) -> SignInGate:
    return SignInGate(shared=setup.same_sign_in)


def _plan(bench: Bench) -> SmtpConversation:
    house, setup, draft = bench.house, bench.setup, bench.draft
    smtp = SmtpConversation(draft.smtp, house.dialler, local_hostname=house.settings.public_hostname)
    stages = (*_opening(smtp), *([Stage.SIGN_IN] if setup.signs_in else []), Stage.SENDER)
    access = planned_for(setup.credential, setup.incoming_credential)
    bench.recorder.plan(PRECHECK, *access, *planned(draft.smtp, stages, bench.senders))
    if draft.incoming:
        incoming = incoming_conversation(draft.incoming, house.dialler)
        stages = (*_opening(incoming), Stage.SIGN_IN, Stage.MAILBOX)
        bench.recorder.plan(*planned(draft.incoming, stages))
    if setup.round_trip:
        bench.recorder.plan(round_trip.step_for(draft.address))
    return smtp


@asynccontextmanager
async def _place(house: House, setup: Setup) -> AsyncIterator[None]:
    """One of those that may be on the network at once. The deadline begins when it is had."""
    lasts = grace(with_round_trip=setup.round_trip)
    while True:
        try:
            async with asyncio.timeout(WAITING_SECONDS):
                await house.test_places.acquire()
            break
        except TimeoutError:
            await models.AccountTest.filter(id=setup.trial_id).update(deadline_at=now() + lasts)
    try:
        yield
    finally:
        house.test_places.release()


async def _within_deadline(bench: Bench, smtp: SmtpConversation) -> Bench:
    """The bench with what its conversations signed in with."""

    async def explain_silence(step: Step) -> Diagnosis:
        return await bench.explain(WireError(step.leg or Protocol.SMTP, step.stage, Cause.TIMEOUT))

    ends_at = asyncio.get_running_loop().time() + DEADLINE_SECONDS
    try:
        async with asyncio.timeout_at(ends_at):
            bench = replace(bench, ends_at=ends_at, setup=await _ready(bench))
            await _legs(bench, smtp)
            if not bench.outcome.stopped:
                kind = bench.setup.credential.kind
                await provider_checks(bench.house, bench.recorder, bench.draft, kind, bench.outcome)
    except StopLeg:
        for leg in (None, *Protocol):
            bench.recorder.skip_rest_of(leg)
    except TimeoutError:
        await bench.recorder.out_of_time(explain_silence)
    return bench


async def _ready(bench: Bench) -> Setup:
    """Looked at, and with the access token in the place of an OAuth2 grant. Raises StopLeg."""
    house, setup, recorder = bench.house, bench.setup, bench.recorder
    async with recorder.step(Stage.PRECHECK) as step:
        step.evidence = await precheck(house, setup.draft, setup.method_key, setup.credential)
    sending, incoming = setup.credential, setup.incoming_credential
    if not planned_for(sending, incoming):
        return setup
    key, account_id = setup.draft.provider_key, setup.account.account_id if setup.account else None
    async with recorder.step(Stage.PROVIDER) as step:
        first = await with_token(house, sending, key, account_id, "secret")
        shared = incoming is sending
        second = first if shared else await with_token(house, incoming, key, account_id, "incoming_secret")
        step.evidence = told("The service’s permission is good.")
    return replace(setup, credential=first, incoming_credential=second)


async def _legs(bench: Bench, smtp: SmtpConversation) -> None:
    incoming = bench.draft.incoming
    async with asyncio.TaskGroup() as legs:
        legs.create_task(smtp_leg(bench, smtp))
        legs.create_task(look_around(bench, bench.draft.smtp))
        if incoming:
            legs.create_task(incoming_leg(bench, incoming))
            legs.create_task(look_around(bench, incoming))


async def _explained(house: House, setup: Setup, error: WireError) -> Diagnosis:
    draft = setup.draft
    server, credential = setup.side(error.protocol)
    failure = Failure.of(
        error,
        provider_key=draft.provider_key,
        host=server.host,
        address=draft.address,
        token=credential.kind is CredentialKind.OAUTH2,
    )
    diagnosis = await house.explainer.explain(failure)
    if error.stage is not Stage.SIGN_IN or diagnosis.code is not DiagnosisCode.WRONG_PASSWORD:
        return diagnosis
    login = other_form(house, draft, error.protocol)
    advice = (login_in_another_form(login),) if login else ()
    return replace(diagnosis, advice=(*diagnosis.advice, *advice))


def _has_failed(recorder: Recorder) -> bool:
    return any(step.status is StepStatus.FAILED for step in recorder.steps)


def _opening(conversation: Conversation) -> tuple[Stage, ...]:
    return tuple(stage for stage, _ in conversation.opening())
