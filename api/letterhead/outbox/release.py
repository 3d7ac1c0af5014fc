"""Held messages, let go by a person: from an address chosen now, for those who cannot have it yet."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from letterhead.audit.log import Action, Subject, record
from letterhead.errors import NotAnswerable, Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.identity.actor import Actor
from letterhead.outbox import reading
from letterhead.outbox.compose import EXPIRES_AFTER
from letterhead.outbox.freezing import frozen_anew
from letterhead.outbox.managing import check_author, managed
from letterhead.outbox.outcome import NO_MORE_REPETITION
from letterhead.outbox.queue import TOPIC
from letterhead.outbox.reading import MessageFilter
from letterhead.outbox.rules import DeliveryStatus, MessageStatus
from letterhead.senders import verbs as senders
from letterhead.senders.rules import Resolution, Sender, SenderContext
from letterhead.store import models
from letterhead.store.database import now, select, transaction

MOST_IDS = 1_000
MOST_AT_ONCE = 2_000
BATCH = 200
A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Release:
    """``message_ids``: None among them stands for what is no id of a message. Either they or ``filter``.
    ``account_id``, ``alias``: the address chosen now; without either each leaves from its own."""

    message_ids: tuple[UUID | None, ...] | None = None
    filter: MessageFilter | None = None
    account_id: UUID | None = None
    alias: str | None = None


@dataclass(frozen=True, kw_only=True)
class Released:
    """``has_more``: the filter has more than are looked at in one go."""

    count: int
    problems: tuple[Problem, ...]
    has_more: bool = False


@dataclass(frozen=True)
class _Choice:
    """``decided``: the same question is asked once, however many messages ask it."""

    command: Release
    by: Actor
    decided: dict[SenderContext, Resolution | NotAnswerable] = field(default_factory=dict)


async def release(house: House, command: Release, *, by: Actor) -> Released:
    """Each message alone, wholly or not at all. Raises Refused for what is wrong with the whole."""
    choice, count, looked_at = _Choice(command, by), 0, 0
    problems: Counter[Problem] = Counter()
    async for path, message_id in _wanted(command, by):
        looked_at += 1
        try:
            await _release_one(house, message_id, path, choice)
            count += 1
        except Refused as refused:
            problems.update(refused.problems)
    if count:
        house.news.changed(TOPIC)
    return Released(
        count=count,
        problems=tuple(_counted(problem, times) for problem, times in problems.items()),
        has_more=command.filter is not None and looked_at == MOST_AT_ONCE,
    )


def _counted(problem: Problem, times: int) -> Problem:
    if times == 1:
        return problem
    return Problem(problem.code, f"{times} messages: {problem.message}", problem.path)


async def _wanted(command: Release, by: Actor) -> AsyncIterator[tuple[tuple[str, ...], UUID | None]]:
    """Ids, each with its place in the input."""
    ids, chosen = command.message_ids, command.filter
    if (ids is None) == (chosen is None):
        message = "Say which messages: give either messageIds or filter."
        raise Refused(Problem(ProblemCode.REQUIRED, message, ("messageIds",)))
    if chosen is not None:
        if chosen.status is not None and set(chosen.status) != {MessageStatus.HELD}:
            message = "Only held messages can be released; leave status out."
            raise Refused(Problem(ProblemCode.INVALID, message, ("filter", "status")))
        async for held in _held(chosen, by):
            yield ("filter",), held
    if ids is not None:
        if len(ids) > MOST_IDS:
            message = f"Give up to {MOST_IDS:,} ids at a time, or a filter."
            raise Refused(Problem(ProblemCode.INVALID, message, ("messageIds",)))
        for index, message_id in enumerate(ids):
            yield ("messageIds", str(index)), message_id


async def _held(chosen: MessageFilter, by: Actor) -> AsyncIterator[UUID]:
    """Oldest first, read in batches: those that are let go drop out of the list, and nothing is missed."""
    after = None
    for _ in range(MOST_AT_ONCE // BATCH):
        places = await reading.held(chosen, BATCH, after=after, by=by)
        for _, message_id in places:
            yield message_id
        if len(places) < BATCH:
            return
        after = places[-1]


async def _release_one(house: House, message_id: UUID | None, path: tuple[str, ...], choice: _Choice) -> None:
    message = await managed(message_id, *path, by=choice.by)
    _check(message, path, choice.by)
    sender = await _decided(message, path, choice)
    same = (sender.account_id, sender.from_address) == (message.account_id, message.from_address)
    columns = {} if same else await _from_elsewhere(house, message, sender, path)
    async with transaction():
        if not await _write(message, columns, at=now()):
            raise Refused(_not_now("It is not held any more.", path))
        await record(
            Action.MESSAGE_RELEASED,
            f"Released a message from {sender.from_address}",
            by=choice.by,
            subject=Subject("Message", message.id),
            changes={
                "from": (message.from_address, sender.from_address),
                "status": (message.status, MessageStatus.QUEUED.value),
            },
        )
    house.news.changed(message.id)


def _check(message: models.Message, path: tuple[str, ...], by: Actor) -> None:
    if message.status != MessageStatus.HELD.value:
        raise Refused(_not_now("It is not held, so there is nothing to release.", path))
    if message.content_erased_at is not None:
        raise Refused(_not_now("Its content has been erased; write it anew.", path))
    if message.author_id is None:
        raise Refused(_not_now("Its author is not known any more; cancel it, or write it anew.", path))
    if message.expires_at <= now() and not _has_usual_time(message):
        raise Refused(_not_now("The time it was given is over; write it anew.", path))
    check_author(message.author_id, *path, by=by)


def _has_usual_time(message: models.Message) -> bool:
    """Whether its author left open when to give it up: then its time begins anew."""
    usual = max(message.queued_at, message.not_before or message.queued_at) + EXPIRES_AFTER
    return abs(message.expires_at - usual) < A_MOMENT


async def _decided(message: models.Message, path: tuple[str, ...], choice: _Choice) -> Sender:
    """The address chosen now, or its own again, if it is available to its author there. Raises Refused."""
    account_id, alias = choice.command.account_id, choice.command.alias
    if account_id is None and alias is None:
        account_id, alias = message.account_id, message.from_address
        if account_id is None:
            deleted = "Its address was deleted; say from which other one with accountId."
            raise Refused(Problem(ProblemCode.SENDER_NOT_AVAILABLE, deleted, path))
    context = SenderContext(
        employee_id=message.author_id, project_id=message.project_id, account_id=account_id, alias=alias
    )
    if context not in choice.decided:
        choice.decided[context] = await _decide(context, choice.by.company_id)
    decision = choice.decided[context]
    if isinstance(decision, NotAnswerable):
        gone = "Its author has left, so nothing can be sent in that name; cancel it, or write it anew."
        raise Refused(_not_now(gone, path))
    if not isinstance(decision, Sender):
        raise Refused(Problem(ProblemCode.SENDER_NOT_AVAILABLE, decision.explanation, path))
    return decision


async def _decide(context: SenderContext, company_id: UUID) -> Resolution | NotAnswerable:
    assert context.employee_id is not None
    try:
        return await senders.decide(context, company_id=company_id, employee_id=context.employee_id)
    except NotAnswerable as not_found:
        return not_found


async def _from_elsewhere(
    house: House, message: models.Message, sender: Sender, path: tuple[str, ...]
) -> dict[str, Any]:
    (row,) = await select("SELECT content FROM message WHERE id = $1", message.id)
    try:
        columns = await frozen_anew(house, bytes(row["content"]), sender, company_id=message.company_id)
    except Refused as refused:
        problems = [Problem(problem.code, problem.message, path) for problem in refused.problems]
        raise Refused(*problems) from None
    former = [*(message.former_message_ids or ()), message.message_id]
    return columns | {"former_message_ids": former, "dated_at": None, "attempt_count": 0}


async def _write(message: models.Message, columns: dict[str, Any], *, at: datetime) -> bool:
    """False where somebody else was faster: nothing of this is kept then. Whom another server deferred is
    queued again; who has it, or may have it, is not written to."""
    recipients = models.Recipient.filter(company_id=message.company_id, message_id=message.id)
    if await recipients.filter(status=DeliveryStatus.UNCERTAIN.value).exists():
        columns["uncertain_count"] = NO_MORE_REPETITION
    if message.expires_at <= at:
        columns["expires_at"] = at + EXPIRES_AFTER
    held = models.Message.filter(
        id=message.id,
        company_id=message.company_id,
        status=MessageStatus.HELD.value,
        message_id=message.message_id,
        content_erased_at__isnull=True,
        lease_token__isnull=True,
    )
    written = await held.update(
        **columns,
        status=MessageStatus.QUEUED.value,
        next_attempt_at=max(at, message.not_before or at),
        held_because=None,
        waiting_for=None,
        delayed_since=None,
        fault_count=0,
    )
    await recipients.filter(status=DeliveryStatus.DEFERRED.value).update(
        status=DeliveryStatus.QUEUED.value, diagnosis=None
    )
    return bool(written)


def _not_now(message: str, path: tuple[str, ...]) -> Problem:
    return Problem(ProblemCode.NOT_POSSIBLE_NOW, message, path)
