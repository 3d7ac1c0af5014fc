"""Takes a flow from where its journal ends to where it needs a person, has to wait, or is over."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import structlog

from letterhead.diagnosis.message import told
from letterhead.house import House
from letterhead.signin import reasons
from letterhead.signin.fetching import fetched
from letterhead.signin.flows import AskStep, DoneStep, FailedStep, FieldProblem, VisitStep, WaitStep
from letterhead.signin.records import (
    ASKING,
    DONE,
    FAILED,
    LINK_LASTS,
    VISITING,
    WAITING,
    Overtaken,
    change,
    draft_of,
    open_journal,
    record_outcomes,
    seal,
)
from letterhead.signin.replay import Diverged, Journal, Outcome, Sent, mark, replay
from letterhead.signin.rules import chosen_method, credential_fault, form_fault, may_look_up, may_open
from letterhead.signin.tickets import ticket
from letterhead.store import models
from letterhead.store.database import now
from letterhead.vault.vault import CannotOpen
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


@dataclass(frozen=True)
class Run:
    """A flow of a provider's that is being driven."""

    provider: Provider
    method: AuthMethod
    step: Callable[[Sent], Awaitable[Stepped]]


async def go_on(house: House, row: models.SignInFlow, outcome: Outcome | None) -> None:
    """Writes ``outcome`` down, then moves the flow. Raises Overtaken when somebody else has moved it."""
    try:
        journal = open_journal(house, row)
    except CannotOpen:
        await change(house, row, state=FAILED, step=reasons.key_lost())
        return
    if outcome is not None:
        journal = journal.plus(outcome)
    await record_outcomes(house, row, journal)
    await advance(house, row, journal)


async def advance(house: House, row: models.SignInFlow, journal: Journal) -> None:
    """Runs the flow again from its start and goes on, until somebody else does."""
    try:
        if len(journal.outcomes) > MOST_OUTCOMES:
            await change(house, row, state=FAILED, step=reasons.plugin_failed(_plugin_of(house, row)))
            return
        async with begun(house, row, journal) as run:
            if isinstance(run, FailedStep):
                await change(house, row, state=FAILED, step=run)
            else:
                await _drive(house, row, run, journal)
    except Overtaken:
        await row.refresh_from_db()


@asynccontextmanager
async def begun(house: House, row: models.SignInFlow, journal: Journal) -> AsyncIterator[Run | FailedStep]:
    """The flow before its first step, or why there is none any more."""
    provider = house.catalogue.provider(row.provider_key)
    method = chosen_method(provider, row.method_key) if provider else None
    if provider is None or method is None:
        yield reasons.plugin_changed()
        return
    generator = await house.catalogue.sign_in(_start(house, row, journal, provider, method))
    if generator is None:
        yield reasons.not_available(told("a plugin that answers"))
        return
    try:
        yield Run(provider, method, partial(house.catalogue.step, row.provider_key, generator))
    finally:
        await house.catalogue.close(generator)


async def _drive(house: House, row: models.SignInFlow, run: Run, journal: Journal) -> None:
    stepped = await replay(run.step, journal)
    while isinstance(stepped, Lookup | Fetch) and _allows(row, run.provider, journal, stepped):
        if journal.asked is not None:
            await change(house, row, state=FAILED, step=reasons.answer_lost())
            return
        if isinstance(stepped, Lookup):
            answer: Sent = await house.dialler.lookup(stepped.name, stepped.kind)
        else:
            await record_outcomes(house, row, replace(journal, asked=mark(stepped)))
            answer = await fetched(house, run.provider, stepped)
        journal = journal.plus(Outcome(need=mark(stepped), sent=answer, at=now()))
        await record_outcomes(house, row, journal)
        stepped = await run.step(answer)
    await _stand(house, row, run, journal, stepped)


async def _stand(
    house: House, row: models.SignInFlow, run: Run, journal: Journal, stepped: Stepped | Diverged
) -> None:
    plugin = _plugin_of(house, row)
    match stepped:
        case Ask() if form_fault(stepped) is None:
            await change(house, row, state=ASKING, step=_form(stepped))
        case Visit(url=url) if may_open(url, run.provider):
            ours = house.settings.address_of(f"/sign-in/{ticket(row.id, journal)}")
            await change(house, row, state=VISITING, step=VisitStep(url=ours))
        case Wait():
            seconds = min(max(stepped.seconds, 0), LONGEST_WAIT_SECONDS)
            step = WaitStep(message=stepped.message, until=now() + timedelta(seconds=seconds))
            await change(house, row, state=WAITING, step=step)
        case Ended(Done() as done) if credential_fault(done, run.method) is None:
            await _done(house, row, done)
        case Ended(Refuse(diagnosis=diagnosis, retryable=retryable)):
            diagnosis = replace(diagnosis, explained_by=diagnosis.explained_by or plugin)
            await change(house, row, state=FAILED, step=FailedStep(diagnosis=diagnosis, retryable=retryable))
        case Diverged():
            await change(house, row, state=FAILED, step=reasons.plugin_changed())
        case Ask() | Ended() | Fetch() | Lookup() | Visit() | Finding() | PluginFault():
            log.warning("a sign-in was stopped", plugin=plugin, why=_fault(stepped, run.method))
            await change(house, row, state=FAILED, step=reasons.plugin_failed(plugin))


def _fault(
    stepped: Ask | Ended | Fetch | Lookup | Visit | Finding | PluginFault, method: AuthMethod
) -> str | None:
    match stepped:
        case Ask():
            return form_fault(stepped)
        case Ended(Done() as done):
            return credential_fault(done, method)
        case Lookup():
            return f"it may not look up {stepped.kind} of {stepped.name!r}, or not so often"
        case Fetch(url=url) | Visit(url=url):
            return f"it may not open {url.partition('?')[0]!r}, or not so often"
        case PluginFault():
            return stepped.message
        case Ended() | Finding():
            return "the flow ended with nothing, or with what belongs into checks"


async def _done(house: House, row: models.SignInFlow, done: Done) -> None:
    times = {"expires_at": now() + LINK_LASTS} if row.link_digest else {}
    await change(
        house,
        row,
        state=DONE,
        step=DoneStep(kind=done.kind, expires_at=done.expires_at),
        credential_kind=done.kind.value,
        secret_sealed=seal(house, row, "secret", done.secret),
        **times,
    )


def _form(ask: Ask) -> AskStep:
    return AskStep(
        title=ask.title,
        fields=ask.fields,
        instructions=ask.instructions,
        problems=tuple(FieldProblem(field=name, message=text) for name, text in ask.problems.items()),
    )


def _allows(row: models.SignInFlow, provider: Provider, journal: Journal, need: Lookup | Fetch) -> bool:
    if len(journal.outcomes) >= MOST_OUTCOMES:
        return False
    if isinstance(need, Fetch):
        return may_open(need.url, provider)
    draft = draft_of(row)
    servers = [server for server in (draft.smtp, draft.incoming) if server]
    return may_look_up(need, provider, [draft.address], servers)


def _start(
    house: House, row: models.SignInFlow, journal: Journal, provider: Provider, method: AuthMethod
) -> SignInStart:
    draft, client = draft_of(row), house.clients.get(provider.key)
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
        callback_url=house.settings.address_of("/sign-in/callback"),
        client_id=client.id if client else "",
        client_secret=client.secret.reveal() if client else "",
    )


def _plugin_of(house: House, row: models.SignInFlow) -> str:
    status = house.catalogue.plugin_of(row.provider_key)
    return status.name if status else row.provider_key
