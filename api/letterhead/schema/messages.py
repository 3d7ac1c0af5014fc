"""Messages, and what became of them."""

from datetime import datetime

import strawberry

from letterhead.errors import NotAnswerable
from letterhead.outbox.managing import may_write_as
from letterhead.outbox.reading import AttemptView, MessageView, RecipientView
from letterhead.outbox.rules import DeliveryStatus, MessageStatus, RecipientKind
from letterhead.schema.accounts import EmailAccount, show_account
from letterhead.schema.context import Info
from letterhead.schema.diagnosis import Diagnosis, ServerReply, show_diagnosis, show_reply
from letterhead.schema.directory import Employee, Project, show_employee, show_project
from letterhead.schema.ids import encode
from letterhead.schema.node import Node
from letterhead.schema.paging import After, Connection, First, connection
from letterhead.schema.scalars import EmailAddress
from letterhead.schema.senders import SenderCandidate, show_candidates
from letterhead.senders.rules import ResolutionRule, SenderContext
from letterhead.store.pages import page_request


@strawberry.type(description="What became of a message for one recipient.")
class RecipientDelivery:
    address: EmailAddress = strawberry.field(description="The recipient's address.")
    kind: RecipientKind = strawberry.field(description="In which header it stands.")
    status: DeliveryStatus = strawberry.field(description="Where it stands.")
    diagnosis: Diagnosis | None = strawberry.field(description="Why it was not accepted.")
    bounced_at: datetime | None = strawberry.field(description="When it came back.")
    address_is_bad: bool = strawberry.field(
        description="The address itself is gone: do not write there again."
    )


@strawberry.type(description="One try to deliver a message.")
class DeliveryAttempt:
    at: datetime = strawberry.field(description="When.")
    took_ms: int = strawberry.field(description="How long it took, in milliseconds.")
    reply: ServerReply | None = strawberry.field(description="The server's words.")
    diagnosis: Diagnosis | None = strawberry.field(description="Why it did not succeed.")


@strawberry.type(description="A message, frozen when it was queued.")
class Message(Node):
    message: strawberry.Private[MessageView]
    status: MessageStatus = strawberry.field(description="Where it stands.")
    from_: EmailAddress = strawberry.field(name="from", description="The address it is sent from.")
    rule: ResolutionRule = strawberry.field(description="Why it is sent from there.")
    subject: str = strawberry.field(description="Its subject.")
    message_id: str = strawberry.field(description="Its Message-ID (RFC 5322).")
    former_message_ids: list[str] = strawberry.field(
        description="Those it had before it was released from another address; some may have it under one."
    )
    held_because: Diagnosis | None = strawberry.field(description="Why it waits for a person.")
    waiting_for: Diagnosis | None = strawberry.field(
        description="What it waits for before it goes on by itself, such as its account being ready again."
    )
    queued_at: datetime = strawberry.field(description="When it was queued.")
    next_attempt_at: datetime | None = strawberry.field(description="When it is tried next.")
    finished_at: datetime | None = strawberry.field(description="When nothing more was to be done.")
    delayed_since: datetime | None = strawberry.field(
        description="When it was found to take longer than usual, although it is still tried."
    )
    content_erased_at: datetime | None = strawberry.field(
        description="When its content was erased, as it is some time after a message is finished."
    )

    @strawberry.field(description="The account it is sent through. Null when that is gone, or hidden.")
    async def account(self, info: Info) -> EmailAccount | None:
        account_id = self.message.account_id
        account = await info.context.loaders.accounts.load(account_id) if account_id else None
        return show_account(account) if account else None

    @strawberry.field(description="Who wrote it.")
    async def author(self, info: Info) -> Employee | None:
        author_id = self.message.author_id
        author = await info.context.loaders.employees.load(author_id) if author_id else None
        return show_employee(author) if author else None

    @strawberry.field(description="What it is about.")
    async def project(self, info: Info) -> Project | None:
        project_id = self.message.project_id
        project = await info.context.loaders.projects.load(project_id) if project_id else None
        return show_project(project) if project else None

    @strawberry.field(description="What became of it for each recipient.")
    async def recipients(self, info: Info) -> list[RecipientDelivery]:
        found = await info.context.loaders.recipients.load(self.message.id)
        return [_show_recipient(recipient) for recipient in found or ()]

    @strawberry.field(
        description="The addresses it could be released from, by its author in its project, the first in line"
        " first. Null: it is not held, its author has left, or the viewer may not write in that name."
    )
    async def release_choices(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[SenderCandidate] | None:
        held, author_id = self.message.status is MessageStatus.HELD, self.message.author_id
        if not held or author_id is None or not may_write_as(author_id, by=info.context.by):
            return None
        context = SenderContext(employee_id=author_id, project_id=self.message.project_id)
        try:
            return await show_candidates(info, context, first, after)
        except NotAnswerable as not_answerable:
            if not_answerable.code == "NOT_FOUND":
                return None
            raise

    @strawberry.field(description="The tries to deliver it, newest first.")
    async def attempts(
        self, info: Info, first: First = 25, after: After = None
    ) -> Connection[DeliveryAttempt]:
        request = page_request(first, after, key_length=2)
        return connection(
            await info.context.loaders.attempts_of[request].load(self.message.id), _show_attempt
        )


def show_message(message: MessageView) -> Message:
    return Message(
        id=encode("Message", message.id),
        message=message,
        status=message.status,
        from_=EmailAddress(message.from_address),
        rule=message.rule,
        subject=message.subject,
        message_id=message.message_id,
        former_message_ids=list(message.former_message_ids),
        held_because=show_diagnosis(message.held_because),
        waiting_for=show_diagnosis(message.waiting_for),
        queued_at=message.queued_at,
        next_attempt_at=message.next_attempt_at,
        finished_at=message.finished_at,
        delayed_since=message.delayed_since,
        content_erased_at=message.content_erased_at,
    )


def _show_recipient(recipient: RecipientView) -> RecipientDelivery:
    return RecipientDelivery(
        address=EmailAddress(recipient.address),
        kind=recipient.kind,
        status=recipient.status,
        diagnosis=show_diagnosis(recipient.diagnosis),
        bounced_at=recipient.bounced_at,
        address_is_bad=recipient.address_is_bad,
    )


def _show_attempt(attempt: AttemptView) -> DeliveryAttempt:
    return DeliveryAttempt(
        at=attempt.at,
        took_ms=attempt.took_ms,
        reply=show_reply(attempt.reply) if attempt.reply else None,
        diagnosis=show_diagnosis(attempt.diagnosis),
    )
