"""Everything that can be watched: each is only a faster query."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from letterhead.accounts import events
from letterhead.errors import NotAnswerable, Refused
from letterhead.outbox import reading as outbox
from letterhead.schema.account_events import AccountEvent, number_of, show_event
from letterhead.schema.context import Info
from letterhead.schema.ids import row_id
from letterhead.schema.messages import Message, show_message
from letterhead.schema.signin import SignInFlow, show_flow
from letterhead.schema.trials import AccountTest, show_test
from letterhead.signin import verbs as signin
from letterhead.signin.flows import DoneStep, FailedStep, Flow
from letterhead.trials import reading as trials
from letterhead.trials.trial import TrialStatus

T = TypeVar("T")

EVENTS = """Accounts as they are saved, deleted, paused, ready again, or given to other people or projects;
only those that you may know of, as in emailAccounts. Without since: the latest event there was, if any, then
each new one; subscribe first, then read emailAccounts. With since: all that followed, each once, in order.
Only who sees every account is told that somebody has lost access to one, and that one is deleted which was
open to chosen people."""


@strawberry.type(
    description="Everything that can be watched: the current state first, then each change, then the end. "
    "A stream ends with an error when its caller may not go on."
)
class Subscription:
    @strawberry.subscription(description="A sign-in, until it is done or has failed.")
    async def sign_in_progress(
        self, info: Info, flow_id: Annotated[strawberry.ID, strawberry.argument(description="The sign-in.")]
    ) -> AsyncGenerator[SignInFlow, None]:
        key = _key(flow_id, "SignInFlow")

        async def look() -> Flow | None:
            try:
                return await signin.show(info.context.house, key, by=info.context.by)
            except Refused:
                return None

        async with aclosing(_states(info, key, look)) as flows:
            async for flow in flows:
                yield show_flow(flow)
                if isinstance(flow.step, DoneStep | FailedStep):
                    return

    @strawberry.subscription(description="A test, step by step, until it has ended.")
    async def account_test_progress(
        self, info: Info, test_id: Annotated[strawberry.ID, strawberry.argument(description="The test.")]
    ) -> AsyncGenerator[AccountTest, None]:
        key = _key(test_id, "AccountTest")
        async with aclosing(_states(info, key, lambda: trials.show(key, by=info.context.by))) as tests:
            async for trial in tests:
                yield show_test(trial)
                if trial.status is not TrialStatus.RUNNING:
                    return

    @strawberry.subscription(description="A message, until nothing more is to be done.")
    async def message_progress(
        self,
        info: Info,
        message_id: Annotated[strawberry.ID, strawberry.argument(description="The message.")],
    ) -> AsyncGenerator[Message, None]:
        key = _key(message_id, "Message")
        async with aclosing(_states(info, key, lambda: outbox.message(key, by=info.context.by))) as messages:
            async for message in messages:
                yield show_message(message)
                if message.finished_at is not None:
                    return

    @strawberry.subscription(description=" ".join(EVENTS.split()))
    async def account_events(
        self,
        info: Info,
        since: Annotated[
            str | None, strawberry.argument(description="The cursor of the last event seen.")
        ] = None,
    ) -> AsyncGenerator[AccountEvent, None]:
        seen = await _begin(info, since)
        async with aclosing(info.context.house.news.about(info.context.by.company_id)) as news:
            async for _ in news:
                more = True
                while more:
                    await info.context.still_known()
                    following = await events.after(seen, by=info.context.by)
                    for event in following.found:
                        info.context.refresh()
                        yield show_event(event)
                        info.context.refresh()  # who waits need not keep what was read
                    seen, more = following.up_to, following.more


async def _states(info: Info, key: UUID, look: Callable[[], Awaitable[T | None]]) -> AsyncGenerator[T, None]:
    """What ``look`` finds, now and whenever it is different. Raises NotAnswerable when it finds nothing."""
    last = None
    async with aclosing(info.context.house.news.about(key)) as news:
        async for _ in news:
            await info.context.still_known()
            found = await look()
            if found is None:
                raise NotAnswerable("NOT_FOUND", "There is nothing of yours to watch under this id.")
            if found != last:
                last = found
                info.context.refresh()
                yield found
                info.context.refresh()  # who waits need not keep what was read


async def _begin(info: Info, since: str | None) -> int:
    """The number after which to begin. Raises NotAnswerable (BAD_INPUT)."""
    if since is None:
        return await events.before_latest(by=info.context.by)
    number = number_of(since)
    await events.check(number, by=info.context.by)
    return number


def _key(opaque: str, kind: str) -> UUID:
    key = row_id(opaque, kind)
    if key is None:
        raise NotAnswerable("NOT_FOUND", f"There is no {kind} with this id.")
    return key
