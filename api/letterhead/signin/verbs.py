"""Answering, cancelling and showing sign-ins, and taking the credential they end with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from letterhead.accounts.drafts import Draft, binding
from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.signin import reasons, records
from letterhead.signin.advance import go_on
from letterhead.signin.flows import AskStep, FieldProblem, Flow, WaitStep
from letterhead.signin.records import (
    CANCELLED,
    DONE,
    EXPIRED,
    OPEN,
    WAITING,
    Overtaken,
    change,
    draft_of,
    expire,
    flow_from,
)
from letterhead.signin.replay import Outcome, ask_mark
from letterhead.signin.rules import answer_problem, chosen_method
from letterhead.signin.stored import step_from_json
from letterhead.store import models
from letterhead.store.database import now
from letterhead.vault.secret import Secret
from letterhead.vault.vault import CannotOpen
from letterhead_providers import AuthMethod, CredentialKind, Field, Provider
from letterhead_providers.patterns import LONGEST


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What a credential is wanted for. The caller and the company are the asker's."""

    owner_id: UUID
    draft: Draft


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


async def show_all(house: House, flow_ids: Sequence[UUID], *, by: Actor) -> dict[UUID, Flow]:
    """Those of ``flow_ids`` that are the caller's, in one statement unless some go on now."""
    rows = await models.SignInFlow.filter(id__in=flow_ids, company_id=by.company_id, caller=by.key)
    return {row.id: await show(house, row.id, by=by) if _is_due(row) else flow_from(row) for row in rows}


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


def _is_due(row: models.SignInFlow) -> bool:
    step = step_from_json(row.step)
    has_expired = row.expires_at <= now() and row.state in (*OPEN, DONE)
    return has_expired or (isinstance(step, WaitStep) and step.until <= now())


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
