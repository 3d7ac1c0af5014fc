"""The provider's own checks, at the end of a test that its servers have let through."""

import time

from letterhead.accounts.drafts import Draft
from letterhead.diagnosis.message import told
from letterhead.house import House
from letterhead.signin.fetching import fetched
from letterhead.signin.rules import may_look_up
from letterhead.trials.bench import Outcome
from letterhead.trials.recorder import Recorder
from letterhead.trials.trial import Step, StepStatus
from letterhead.wire.server import for_plugins
from letterhead_providers import (
    CredentialKind,
    Fetch,
    FetchOutcome,
    Finding,
    Lookup,
    LookupOutcome,
    Stage,
    Subject,
)
from letterhead_providers.switchboard import Ended, PluginFault

MOST_STEPS = 50


async def provider_checks(
    house: House, recorder: Recorder, draft: Draft, kind: CredentialKind, outcome: Outcome
) -> None:
    """Runs them, if the provider has any. A plugin that faults is shown as skipped, and blocks nothing."""
    provider = house.catalogue.provider(draft.provider_key)
    if provider is None:
        return
    subject = Subject(
        provider=provider,
        address=draft.address,
        aliases=tuple(alias.address for alias in draft.aliases),
        smtp=for_plugins(draft.smtp),
        incoming=for_plugins(draft.incoming) if draft.incoming else None,
        kind=kind,
        greeting=outcome.greeting,
        capabilities=outcome.capabilities,
        incoming_capabilities=outcome.incoming_capabilities,
    )
    checks = await house.catalogue.checks(subject)
    if checks is None:
        return
    answer: LookupOutcome | FetchOutcome | None = None
    since = time.monotonic()
    for _ in range(MOST_STEPS):
        need = await house.catalogue.step(provider.key, checks, answer)
        answer = None
        match need:
            case Finding():
                recorder.plan(_step(need, since))
                since = time.monotonic()
            case Lookup():
                answer = await _look_up(house, need, subject, draft)
            case Fetch():
                answer = await fetched(house, provider, need)
            case PluginFault(message=message):
                recorder.plan(_skipped(provider.name, message))
                return
            case Ended():
                return
            case _:
                break
    await house.catalogue.close(checks)
    recorder.plan(_skipped(provider.name, told("they asked for more than a check may")))


async def _look_up(house: House, lookup: Lookup, subject: Subject, draft: Draft) -> LookupOutcome:
    servers = filter(None, (draft.smtp, draft.incoming))
    if not may_look_up(lookup, subject.provider, (subject.address, *subject.aliases), servers):
        return LookupOutcome(error="this name is neither the service’s nor the account’s")
    return await house.dialler.lookup(lookup.name, lookup.kind)


def _step(finding: Finding, since: float) -> Step:
    return Step(
        stage=Stage.PROVIDER,
        title=finding.title,
        status=StepStatus(finding.verdict.value),
        took_ms=round((time.monotonic() - since) * 1000),
        evidence=finding.evidence,
        diagnosis=finding.diagnosis,
    )


def _skipped(name: str, why: str) -> Step:
    return Step(
        stage=Stage.PROVIDER,
        title=told("{provider}’s own checks", provider=name),
        status=StepStatus.SKIPPED,
        evidence=told("Left out: {why}.", why=why),
    )
