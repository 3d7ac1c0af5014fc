"""Letting held messages go."""

import strawberry

from letterhead.errors import Refused
from letterhead.outbox.release import Release, Released, release
from letterhead.schema.context import Info
from letterhead.schema.ids import given_id, row_id
from letterhead.schema.message_filter import MessageFilter, read_message_filter
from letterhead.schema.problems import MessageError, shown_problems


@strawberry.input(
    description="Which held messages, either by messageIds, up to 1,000, or by filter; and the address they"
    " leave from, available to each message's author in its project. Without accountId and alias each leaves"
    " from its own address, if that is available again."
)
class ReleaseMessagesInput:
    message_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="These messages.")
    filter: MessageFilter | None = strawberry.field(
        default=None, description="All held messages of this filter, oldest first, up to 2,000 at a time."
    )
    account_id: strawberry.ID | None = strawberry.field(default=None, description="The account to send from.")
    alias: str | None = strawberry.field(default=None, description="The From address.")


@strawberry.type(
    description="What was released. Each message is released wholly or not at all; one that is not, is an"
    " entry in errors: with its place in messageIds, or with filter, alike ones together."
)
class ReleaseMessagesPayload:
    released: int = strawberry.field(description="How many messages are on their way.")
    has_more: bool = strawberry.field(
        description="Whether the filter may have more messages than were looked at: ask again."
    )
    errors: list[MessageError] = strawberry.field(description="What to put right.")


async def release_messages(info: Info, input: ReleaseMessagesInput) -> ReleaseMessagesPayload:  # noqa: A002
    try:
        done = await release(info.context.house, _read(input), by=info.context.by)
    except Refused as refused:
        return ReleaseMessagesPayload(
            released=0, has_more=False, errors=shown_problems(refused, MessageError)
        )
    return _shown(done)


def _read(given: ReleaseMessagesInput) -> Release:
    ids = given.message_ids
    return Release(
        message_ids=None if ids is None else tuple(row_id(one, "Message") for one in ids),
        filter=None if given.filter is None else read_message_filter(given.filter, "filter"),
        account_id=None
        if given.account_id is None
        else given_id(given.account_id, "EmailAccount", "accountId"),
        alias=given.alias,
    )


def _shown(done: Released) -> ReleaseMessagesPayload:
    return ReleaseMessagesPayload(
        released=done.count,
        has_more=done.has_more,
        errors=shown_problems(Refused(*done.problems), MessageError),
    )
