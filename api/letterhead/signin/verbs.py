"""Starting, answering, cancelling and showing sign-ins, and taking the credential they end with."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from letterhead.accounts.drafts import Draft, ServerInput, binding, parse_draft
from letterhead.audit.log import Action, Subject, record
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.identity.rules import may_manage
from letterhead.signin import reasons, records, tickets
from letterhead.signin.advance import advance, go_on
from letterhead.signin.flows import AskStep, FieldProblem, Flow, WaitStep
from letterhead.signin.records import (
    CANCELLED,
    DONE,
    EXPIRED,
    OPEN,
    RUNNING,
    WAITING,
    Overtaken,
    change,
    draft_of,
    expire,
    flow_from,
)
from letterhead.signin.replay import Journal, Outcome, ask_mark, journal_to_text
from letterhead.signin.rules import answer_problem, chosen_method, may_have_token, not_for_tokens
from letterhead.signin.stored import step_from_json, step_to_json
from letterhead.signin.ways import as_configured
from letterhead.store import models
from letterhead.store.database import now, transaction
from letterhead.vault.secret import Secret
from letterhead.vault.vault import CannotOpen
from letterhead.wire.origins import origin_of
from letterhead_providers import AuthMethod, CredentialKind, Field, Provider
from letterhead_providers.patterns import LONGEST

EXPIRES_AFTER = timedelta(minutes=30)
LONGEST_URL = 2000


@dataclass(frozen=True, kw_only=True)
class StartSignIn:
    """``method_key`` left out: the provider's best. ``owner_id``: the company, unless it is the caller's own.

    Servers left out: the provider's best preset. ``return_to``: a page of a configured origin.
    """

    address: str
    provider_key: str
    method_key: str | None = None
    owner_id: UUID | None = None
    smtp: ServerInput | None = None
    incoming: ServerInput | None = None
    return_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What a credential is wanted for. The caller and the company are the asker's."""

    owner_id: UUID
    draft: Draft


async def start(house: House, command: StartSignIn, *, by: Actor) -> Flow:
    """A flow at its first step. Raises Refused with every problem of the input."""
    owner_id = command.owner_id or by.company_id
    await _check_owner(owner_id, by=by)
    provider = house.catalogue.provider(command.provider_key)
    if provider is None:
        message = f"No mail service here has the key {command.provider_key!r}; take one from providers."
        raise Refused(Problem(ProblemCode.UNKNOWN_PROVIDER, message, ("providerKey",)))
    method = chosen_method(as_configured(house, provider), command.method_key)
    if method is None:
        message = f"{provider.name} has no such way in; take one from its authMethods."
        raise Refused(Problem(ProblemCode.UNKNOWN_METHOD, message, ("authMethod",)))
    if method.unavailable_because:
        raise Refused(Problem(ProblemCode.INVALID, method.unavailable_because, ("authMethod",)))
    draft = parse_draft(provider, command.address, (), command.smtp, command.incoming, prefix=())
    if method.kind is CredentialKind.OAUTH2:
        _check_hosts(provider, draft)
    row, journal = _new(house, draft, method, owner_id, by)
    row.return_to = _checked_return(house, command.return_to)
    async with transaction():
        await row.save(force_create=True)
        summary = f"Began to sign in {draft.address} at {provider.name}"
        await record(Action.SIGN_IN_STARTED, summary, by=by, subject=Subject("SignInFlow", row.id))
    await advance(house, row, journal)
    return flow_from(row)


async def answer(house: House, flow_id: UUID, answers: Mapping[str, str], *, by: Actor) -> Flow:
    """The flow at its next step, or at the same one with what is wrong with the answers."""
    row = await _current(house, flow_id, by=by)
    if row.state == EXPIRED:
        message = "The sign-in has expired; start it again."
        raise Refused(Problem(ProblemCode.EXPIRED, message, ("flowId",)))
    step = step_from_json(row.step)
    if row.state not in OPEN or not isinstance(step, AskStep):
        raise Refused(Problem(ProblemCode.INVALID, "This sign-in asks for nothing now.", ("flowId",)))
    values, problems = await _judged(house, row, step.fields, answers)
    if problems:
        return replace(flow_from(row), step=replace(step, problems=problems))
    need = ask_mark(field.name for field in step.fields)
    try:
        await go_on(house, row, Outcome(need=need, sent=values, at=now()))
    except Overtaken:
        message = "This step has just been answered elsewhere; look at the sign-in again."
        raise Refused(Problem(ProblemCode.INVALID, message, ("flowId",))) from None
    return flow_from(row)


async def cancel(house: House, flow_id: UUID, *, by: Actor) -> Flow:
    """The flow at its end, with everything entered wiped. One that had come to nothing stays as it is."""
    while True:
        row = await _own(flow_id, by=by)
        if row.state not in (*OPEN, DONE):
            return flow_from(row)
        try:
            await change(house, row, state=CANCELLED, step=reasons.cancelled())
        except Overtaken:
            continue
        return flow_from(row)


async def show(house: House, flow_id: UUID, *, by: Actor) -> Flow:
    """The flow as it stands. One that waited long enough goes on."""
    row = await _current(house, flow_id, by=by)
    step = step_from_json(row.step)
    if isinstance(step, WaitStep) and step.until <= now():
        waited = Outcome(need="wait", sent=None, at=now()) if row.state == WAITING else None
        try:
            await go_on(house, row, waited)
        except Overtaken:
            await row.refresh_from_db()
    return flow_from(row)


async def credential(
    house: House,
    flow_id: UUID,
    wanted: Binding,
    *,
    by: Actor,
    path: tuple[str, ...] = ("draft", "credential", "flowId"),
) -> tuple[CredentialKind, Secret]:
    """What a finished flow ended with, for the very use it was entered for.

    Raises Refused: NOT_FOUND for a flow that is not the caller's, SECRET_REQUIRED for one that has not
    ended well, has expired, or was for another owner, address, login, server, port or security.
    """
    row = await _own(flow_id, by=by, path=path)
    if row.state != DONE or row.expires_at <= now() or row.secret_sealed is None:
        message = "This sign-in is not finished, or has expired; sign in again."
        raise Refused(Problem(ProblemCode.SECRET_REQUIRED, message, path))
    if row.owner_id != wanted.owner_id or binding(draft_of(row)) != binding(wanted.draft):
        message = (
            "The secret was given for other servers, another login or another owner, and is not shown to "
            "these; sign in again."
        )
        raise Refused(Problem(ProblemCode.SECRET_REQUIRED, message, path))
    try:
        sealed_for = records.context(row, "secret", wanted.owner_id, wanted.draft)
        secret = house.vault.open(row.secret_sealed, context=sealed_for)
    except CannotOpen:
        message = "The secret cannot be opened any more; sign in again."
        raise Refused(Problem(ProblemCode.SECRET_REQUIRED, message, path)) from None
    return CredentialKind(row.credential_kind or ""), Secret(secret)


async def sweep(house: House) -> int:
    """Wipes whatever was entered into flows that have expired; how many there were."""
    late = await models.SignInFlow.filter(expires_at__lte=now(), state__in=(*OPEN, DONE))
    for row in late:
        await expire(house, row)
    return len(late)


async def _check_owner(owner_id: UUID, *, by: Actor) -> None:
    allowed = may_manage(by, owner_id, by.company_id)
    if allowed and owner_id != by.company_id:
        allowed = await models.Employee.exists(id=owner_id, company_id=by.company_id, removed_at=None)
    if not allowed:
        message = "You may not connect addresses for this owner."
        raise Refused(Problem(ProblemCode.NOT_PERMITTED, message, ("ownerId",)))


def _check_hosts(provider: Provider, draft: Draft) -> None:
    """A token is never obtained for a server that it would not be shown to afterwards."""
    problems = [
        Problem(ProblemCode.INVALID, not_for_tokens(provider, server), (name, "host"))
        for name, server in (("smtp", draft.smtp), ("incoming", draft.incoming))
        if server and not may_have_token(server, provider)
    ]
    if problems:
        raise Refused(*problems)


def _checked_return(house: House, url: str | None) -> str | None:
    if url is None:
        return None
    try:
        allowed = len(url) <= LONGEST_URL and origin_of(url) in house.settings.return_origins
    except ValueError:
        allowed = False
    if not allowed:
        message = "This server returns only to pages of origins that its operator has listed; this is none."
        raise Refused(Problem(ProblemCode.INVALID, message, ("returnTo",)))
    return url


def _new(
    house: House, draft: Draft, method: AuthMethod, owner_id: UUID, by: Actor
) -> tuple[models.SignInFlow, Journal]:
    began, flow_id = now(), uuid7()
    journal = Journal(
        began=began,
        state=tickets.new_state(flow_id),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
    )
    row = models.SignInFlow(
        id=flow_id,
        company_id=by.company_id,
        caller=by.key,
        owner_id=owner_id,
        provider_key=draft.provider_key,
        method_key=method.key,
        draft=records.draft_to_json(draft),
        journal_sealed="",
        step=step_to_json(records.under_way()),
        state=RUNNING,
        created_at=began,
        expires_at=began + EXPIRES_AFTER,
    )
    row.journal_sealed = records.seal(house, row, "journal", journal_to_text(journal))
    return row, journal


async def _own(flow_id: UUID, *, by: Actor, path: tuple[str, ...] = ("flowId",)) -> models.SignInFlow:
    row = await models.SignInFlow.get_or_none(id=flow_id, company_id=by.company_id, caller=by.key)
    if row is None:
        raise Refused(Problem(ProblemCode.NOT_FOUND, "There is no such sign-in of yours.", path))
    return row


async def _current(house: House, flow_id: UUID, *, by: Actor) -> models.SignInFlow:
    """The caller's row, expired if its time is over."""
    row = await _own(flow_id, by=by)
    if row.expires_at <= now() and row.state in (*OPEN, DONE):
        await expire(house, row)
    return row


async def _judged(
    house: House, row: models.SignInFlow, fields: tuple[Field, ...], answers: Mapping[str, str]
) -> tuple[dict[str, str], tuple[FieldProblem, ...]]:
    provider = house.catalogue.provider(row.provider_key)
    method = chosen_method(provider, row.method_key) if provider else None
    values: dict[str, str] = {}
    problems = [
        FieldProblem(field=name, message="There is no such field in this step.")
        for name in answers
        if name not in {field.name for field in fields}
    ]
    for field in fields:
        value = await _normalized(house, provider, method, field, answers.get(field.name, ""))
        values[field.name] = value
        if problem := answer_problem(field, value):
            problems.append(FieldProblem(field=field.name, message=problem))
    return values, tuple(problems)


async def _normalized(
    house: House, provider: Provider | None, method: AuthMethod | None, field: Field, typed: str
) -> str:
    if not field.secret or provider is None or method is None or len(typed) > LONGEST:
        return typed.strip()
    return await house.catalogue.normalize(provider, method, typed)
