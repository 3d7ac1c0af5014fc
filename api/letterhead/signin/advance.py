"""Takes a flow from where its journal ends to where it needs a person, has to wait, or is over."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import structlog

from letterhead.house import House
from letterhead.signin import reasons
from letterhead.signin.flows import AskStep, DoneStep, FailedStep, FieldProblem, WaitStep
from letterhead.signin.records import (
    ASKING,
    DONE,
    FAILED,
    WAITING,
    change,
    draft_of,
    record_outcomes,
    seal,
)
from letterhead.signin.replay import Diverged, Journal, Outcome, mark, replay
from letterhead.signin.rules import chosen_method, credential_fault, form_fault, may_look_up
from letterhead.store import models
from letterhead.store.database import now
from letterhead.wire.server import for_plugins
from letterhead_providers import (
    Ask,
    AuthMethod,
    Done,
    Fetch,
    Finding,
    Lookup,
    Provider,
    Refuse,
    SignInStart,
    Visit,
    Wait,
)
from letterhead_providers.switchboard import Ended, PluginFault, Stepped

log = structlog.get_logger(__name__)

MOST_OUTCOMES = 100
LONGEST_WAIT_SECONDS = 600


async def advance(house: House, row: models.SignInFlow, journal: Journal) -> None:
    """Runs the flow again from its start and goes on. Raises Overtaken when somebody else does."""
    provider = house.catalogue.provider(row.provider_key)
    method = chosen_method(provider, row.method_key) if provider else None
    if provider is None or method is None:
        await change(house, row, state=FAILED, step=reasons.plugin_changed())
        return
    if len(journal.outcomes) > MOST_OUTCOMES:
        await change(house, row, state=FAILED, step=reasons.plugin_failed(_plugin_of(house, row)))
        return
    generator = await house.catalogue.sign_in(_start(row, journal, provider, method))
    if generator is None:
        await change(house, row, state=FAILED, step=reasons.not_available("a plugin that answers"))
        return
    step = partial(house.catalogue.step, row.provider_key, generator)
    try:
        stepped = await replay(step, journal)
        while isinstance(stepped, Lookup) and _allows(row, provider, journal, stepped):
            answer = await house.dialler.lookup(stepped.name, stepped.kind)
            journal = journal.plus(Outcome(need=mark(stepped), sent=answer, at=now()))
            await record_outcomes(house, row, journal)
            stepped = await step(answer)
    finally:
        await house.catalogue.close(generator)
    await _stand(house, row, method, stepped)


async def _stand(
    house: House, row: models.SignInFlow, method: AuthMethod, stepped: Stepped | Diverged
) -> None:
    plugin = _plugin_of(house, row)
    match stepped:
        case Ask() if form_fault(stepped) is None:
            await change(house, row, state=ASKING, step=_form(stepped))
        case Wait():
            seconds = min(max(stepped.seconds, 0), LONGEST_WAIT_SECONDS)
            step = WaitStep(message=stepped.message, until=now() + timedelta(seconds=seconds))
            await change(house, row, state=WAITING, step=step)
        case Ended(Done() as done) if credential_fault(done, method) is None:
            await _done(house, row, done)
        case Ended(Refuse(diagnosis=diagnosis, retryable=retryable)):
            diagnosis = replace(diagnosis, explained_by=diagnosis.explained_by or plugin)
            await change(house, row, state=FAILED, step=FailedStep(diagnosis=diagnosis, retryable=retryable))
        case Visit():
            await change(house, row, state=FAILED, step=reasons.not_available("a visit to the service"))
        case Fetch():
            await change(house, row, state=FAILED, step=reasons.not_available("a request to the service"))
        case Diverged():
            await change(house, row, state=FAILED, step=reasons.plugin_changed())
        case Ask() | Ended() | Lookup() | Finding() | PluginFault():
            log.warning("a sign-in was stopped", plugin=plugin, why=_fault(stepped, method))
            await change(house, row, state=FAILED, step=reasons.plugin_failed(plugin))


def _fault(stepped: Ask | Ended | Lookup | Finding | PluginFault, method: AuthMethod) -> str | None:
    match stepped:
        case Ask():
            return form_fault(stepped)
        case Ended(Done() as done):
            return credential_fault(done, method)
        case Ended():
            return "the flow ended with nothing"
        case Lookup():
            return f"it may not look up {stepped.kind} of {stepped.name!r}, or not so often"
        case Finding():
            return "a finding belongs into checks"
        case PluginFault():
            return stepped.message


async def _done(house: House, row: models.SignInFlow, done: Done) -> None:
    await change(
        house,
        row,
        state=DONE,
        step=DoneStep(kind=done.kind, expires_at=done.expires_at),
        credential_kind=done.kind.value,
        secret_sealed=seal(house, row, "secret", done.secret),
    )


def _form(ask: Ask) -> AskStep:
    return AskStep(
        title=ask.title,
        fields=ask.fields,
        instructions=ask.instructions,
        problems=tuple(FieldProblem(field=name, message=text) for name, text in ask.problems.items()),
    )


def _allows(row: models.SignInFlow, provider: Provider, journal: Journal, lookup: Lookup) -> bool:
    draft = draft_of(row)
    servers = [server for server in (draft.smtp, draft.incoming) if server]
    return len(journal.outcomes) < MOST_OUTCOMES and may_look_up(lookup, provider, [draft.address], servers)


def _start(row: models.SignInFlow, journal: Journal, provider: Provider, method: AuthMethod) -> SignInStart:
    draft = draft_of(row)
    return SignInStart(
        provider=provider,
        method=method,
        address=draft.address,
        smtp=for_plugins(draft.smtp),
        incoming=for_plugins(draft.incoming) if draft.incoming else None,
        now=journal.began,
        state=journal.state,
        nonce=journal.nonce,
        verifier=journal.verifier,
    )


def _plugin_of(house: House, row: models.SignInFlow) -> str:
    status = house.catalogue.plugin_of(row.provider_key)
    return status.name if status else row.provider_key
