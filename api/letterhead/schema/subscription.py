"""Everything that can be watched: each is only a faster query."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated
from uuid import UUID

import strawberry

from letterhead.errors import NotAnswerable, Refused
from letterhead.outbox import reading as outbox
from letterhead.schema.context import Info
from letterhead.schema.ids import row_id
from letterhead.schema.messages import Message, show_message
from letterhead.schema.signin import SignInFlow, show_flow
from letterhead.schema.trials import AccountTest, show_test
from letterhead.signin import verbs as signin
from letterhead.signin.flows import DoneStep, FailedStep
from letterhead.trials import reading as trials
from letterhead.trials.trial import TrialStatus


@strawberry.type(
    description="Everything that can be watched: the current state first, then each change, then the end."
)
class Subscription:
    @strawberry.subscription(description="A sign-in, until it is done or has failed.")
    async def sign_in_progress(
        self, info: Info, flow_id: Annotated[strawberry.ID, strawberry.argument(description="The sign-in.")]
    ) -> AsyncGenerator[SignInFlow, None]:
        key, last = _key(flow_id, "SignInFlow"), None
        async with aclosing(info.context.house.news.about(key)) as news:
            async for _ in news:
                try:
                    flow = await signin.show(info.context.house, key, by=info.context.by)
                except Refused as refused:
                    raise NotAnswerable("NOT_FOUND", str(refused)) from None
                if flow != last:
                    last = flow
                    info.context.refresh()
                    yield show_flow(flow)
                if isinstance(flow.step, DoneStep | FailedStep):
                    return

    @strawberry.subscription(description="A test, step by step, until it has ended.")
    async def account_test_progress(
        self, info: Info, test_id: Annotated[strawberry.ID, strawberry.argument(description="The test.")]
    ) -> AsyncGenerator[AccountTest, None]:
        key, last = _key(test_id, "AccountTest"), None
        async with aclosing(info.context.house.news.about(key)) as news:
            async for _ in news:
                trial = await trials.show(key, by=info.context.by)
                if trial is None:
                    raise NotAnswerable("NOT_FOUND", "There is no such test of yours.")
                if trial != last:
                    last = trial
                    info.context.refresh()
                    yield show_test(trial)
                if trial.status is not TrialStatus.RUNNING:
                    return

    @strawberry.subscription(description="A message, until nothing more is to be done.")
    async def message_progress(
        self,
        info: Info,
        message_id: Annotated[strawberry.ID, strawberry.argument(description="The message.")],
    ) -> AsyncGenerator[Message, None]:
        key, last = _key(message_id, "Message"), None
        async with aclosing(info.context.house.news.about(key)) as news:
            async for _ in news:
                message = await outbox.message(key, by=info.context.by)
                if message is None:
                    raise NotAnswerable("NOT_FOUND", "There is no such message.")
                if message != last:
                    last = message
                    info.context.refresh()
                    yield show_message(message)
                if message.finished_at is not None:
                    return


def _key(opaque: str, kind: str) -> UUID:
    key = row_id(opaque, kind)
    if key is None:
        raise NotAnswerable("NOT_FOUND", f"There is no {kind} with this id.")
    return key
