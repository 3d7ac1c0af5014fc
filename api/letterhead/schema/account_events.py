"""Events of accounts, as they are followed."""

from datetime import datetime

import strawberry

from letterhead.accounts import events
from letterhead.audit.log import Action
from letterhead.errors import NotAnswerable
from letterhead.schema.accounts import EmailAccount, show_account
from letterhead.schema.ids import encode
from letterhead.store.pages import cursor, number, page_request, read_key


@strawberry.type(description="Something happened to an account.")
class AccountEvent:
    cursor: str = strawberry.field(
        description="Its place; the last one seen, given as since, goes on after it."
    )
    at: datetime = strawberry.field(description="When it happened.")
    account_id: strawberry.ID = strawberry.field(description="Which account it happened to.")
    action: Action = strawberry.field(description="What happened.")
    account: EmailAccount | None = strawberry.field(
        description="The account as it is now, which may be later than the event. Null when it is deleted."
    )


def show_event(event: events.AccountEvent) -> AccountEvent:
    return AccountEvent(
        cursor=cursor([event.number]),
        at=event.at,
        account_id=encode("EmailAccount", event.account_id),
        action=event.action,
        account=show_account(event.account) if event.account else None,
    )


def number_of(since: str) -> int:
    """Raises NotAnswerable (BAD_INPUT) for what is no cursor of an event."""
    try:
        key = page_request(1, since, key_length=1).after
        assert key is not None
        return int(read_key(key, number)[0])
    except NotAnswerable:
        raise events.not_a_cursor() from None
