"""What a test comes to: written into its row, and for saved settings into their account too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from letterhead import telling
from letterhead.accounts.account import Proof
from letterhead.accounts.readiness import bring_back, note_test, pause
from letterhead.diagnosis.permanence import is_about_sign_in
from letterhead.diagnosis.stored import diagnosis_to_json
from letterhead.house import House
from letterhead.store import models
from letterhead.store.database import now, transaction
from letterhead.trials.bench import Outcome
from letterhead.trials.limits import note_refusal
from letterhead.trials.setup import Saved, Setup
from letterhead.trials.trial import (
    GOOD,
    Step,
    StepStatus,
    Suggestion,
    TrialStatus,
    step_to_json,
    suggestion_to_json,
)
from letterhead_providers import Diagnosis, Protocol, Retry, Stage

USABLE_FOR = timedelta(minutes=30)
PASSES = frozenset({Retry.NOW, Retry.LATER})


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a test has found out when it is over."""

    steps: Sequence[Step]
    outcome: Outcome
    suggestion: Suggestion | None

    @property
    def status(self) -> TrialStatus:
        statuses = {step.status for step in self.steps}
        if StepStatus.FAILED in statuses:
            return TrialStatus.FAILED
        return TrialStatus.PASSED_WITH_WARNINGS if StepStatus.WARNED in statuses else TrialStatus.PASSED


async def finish(house: House, setup: Setup, found: Found) -> None:
    refused = await _refusals(house, setup, found.steps)
    if setup.account and setup.account.unchanged:
        await _tell_account(house, setup, setup.account, found, refused)
    if await end(setup.trial_id, **_columns(found)):
        house.metrics.tests.labels(found.status.value).inc()
    house.news.changed(setup.trial_id)


async def end(trial_id: UUID, **columns: object) -> bool:
    """Writes the end of a running test, and tells of it. False: it had ended before."""
    async with transaction():
        running = models.AccountTest.filter(id=trial_id, status=TrialStatus.RUNNING.value)
        if not await running.update(**columns):
            return False
        await telling.test_ended(trial_id)
    return True


def _columns(found: Found) -> dict[str, object]:
    at = now()
    columns: dict[str, object] = {
        "status": found.status.value,
        "steps": [step_to_json(step) for step in found.steps],
        "proofs": _proofs(found.outcome),
        "suggestion": suggestion_to_json(found.suggestion) if found.suggestion else None,
        "finished_at": at,
    }
    if found.status is not TrialStatus.FAILED:
        return columns | {"usable_until": at + USABLE_FOR}
    failure = next(step.diagnosis for step in found.steps if step.status is StepStatus.FAILED)
    diagnosis = failure and diagnosis_to_json(failure)
    return columns | {"diagnosis": diagnosis, "secret_sealed": None, "incoming_secret_sealed": None}


async def interrupted(house: House, trial_id: UUID) -> None:
    await end(
        trial_id,
        status=TrialStatus.INTERRUPTED.value,
        finished_at=now(),
        secret_sealed=None,
        incoming_secret_sealed=None,
    )
    house.news.changed(trial_id)


def _proofs(outcome: Outcome) -> dict[str, dict[str, object]]:
    problems = outcome.alias_problems
    return {
        sender: {
            "proof": proof.value,
            "problem": diagnosis_to_json(problems[sender]) if sender in problems else None,
        }
        for sender, proof in outcome.proofs.items()
    }


async def _refusals(house: House, setup: Setup, steps: Sequence[Step]) -> list[str]:
    """Digests of what was refused, so that it is not shown again by itself, nor at once by a person."""
    refusing = [setup.side(step.leg) for step in steps if _refuses_sign_in(step)]
    return [await note_refusal(house, setup.by.company_id, *side) for side in refusing]


def _refuses_sign_in(step: Step) -> bool:
    why = step.diagnosis if step.stage is Stage.SIGN_IN and step.status is StepStatus.FAILED else None
    return why is not None and is_about_sign_in(why.code) and why.retry not in PASSES


async def _tell_account(house: House, setup: Setup, account: Saved, found: Found, refused: list[str]) -> None:
    """A test that has failed for another reason than a refusal changes nothing: networks do fail."""
    await note_test(account.account_id, account.settings_version, refused=refused)
    if found.status in GOOD:
        await bring_back(house, account.account_id, by=setup.by)
    elif problem := _refusal_to_send(setup, found):
        await pause(house, account.account_id, account.settings_version, problem, by=setup.by)


def _refusal_to_send(setup: Setup, found: Found) -> Diagnosis | None:
    """Why the server that sends will not do so for this account: it refused the sign-in, or the address."""
    own = setup.draft.address
    own_refused = found.outcome.proofs.get(own) is Proof.REFUSED
    for step in found.steps:
        of_address = own_refused and step.status is StepStatus.FAILED and step.subject == own
        if of_address or (step.leg is Protocol.SMTP and _refuses_sign_in(step)):
            return step.diagnosis
    return None
