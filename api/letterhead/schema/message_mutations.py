"""Sending messages, and changing one's mind."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import strawberry

from letterhead.errors import NotAnswerable, Problem, ProblemCode, Refused
from letterhead.outbox import compose, enqueue, verbs
from letterhead.schema.bad_addresses import MessageWarning, warnings_about
from letterhead.schema.context import Info
from letterhead.schema.ids import given_id, row_id
from letterhead.schema.inputs import SenderContextInput, read_context
from letterhead.schema.messages import Message, show_message
from letterhead.schema.problems import MessageError, shown_problems


@strawberry.input(description="Somebody to write to.")
class RecipientInput:
    address: str = strawberry.field(description="The address.")
    name: str | None = strawberry.field(default=None, description="The name shown beside it.")


@strawberry.input(description="A further header of a message.")
class HeaderInput:
    name: str = strawberry.field(
        description="List-Id, List-Unsubscribe and the other List- headers, List-Unsubscribe-Post,"
        " References, Auto-Submitted, Feedback-ID, Precedence, Importance and a few more, or X- and a name."
    )
    value: str = strawberry.field(description="Its value.")


@strawberry.input(
    description="A message. The same key again answers with the first message and sends nothing; the same"
    " key with other content is an error."
)
class SendMessageInput:
    idempotency_key: str = strawberry.field(description="A text of your own for this one message.")
    context: SenderContextInput = strawberry.field(description="Who writes, about what, from which address.")
    to: list[RecipientInput] = strawberry.field(description="To.")
    cc: list[RecipientInput] | None = strawberry.field(default=None, description="Cc.")
    bcc: list[RecipientInput] | None = strawberry.field(default=None, description="Bcc; nobody sees them.")
    subject: str = strawberry.field(description="The subject.")
    text: str | None = strawberry.field(default=None, description="The body as plain text.")
    html: str | None = strawberry.field(default=None, description="The body as HTML.")
    reply_to: str | None = strawberry.field(default=None, description="Where answers go.")
    headers: list[HeaderInput] | None = strawberry.field(default=None, description="Further headers.")
    attachment_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Files, up to 100, from POST /attachments: an authenticated upload whose body is the"
        " file, with its name in Content-Disposition and its type in Content-Type, that answers {id}. Each"
        " can be sent for a day, by its uploader, with any number of messages. One that the HTML refers to as"
        " cid:NAME, by its file name or its id, is shown there instead of being attached.",
    )
    in_reply_to: str | None = strawberry.field(
        default=None,
        description="The Message-ID that this answers; a References header can give the thread before it.",
    )
    not_before: datetime | None = strawberry.field(
        default=None, description="When to send it at the earliest."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When to give it up. Left out: after five days."
    )


@strawberry.input(description="Which message to cancel.")
class CancelMessageInput:
    message_id: strawberry.ID = strawberry.field(description="The message.")


@strawberry.input(description="Which message to try again.")
class RetryMessageInput:
    message_id: strawberry.ID = strawberry.field(description="The message.")


@strawberry.type(description="The message that was queued, or why not.")
class SendMessagePayload:
    message: Message | None = strawberry.field(description="The message.")
    replayed: bool = strawberry.field(description="Whether it was queued by an earlier call with this key.")
    warnings: list[MessageWarning] = strawberry.field(description="What its sender should know.")
    errors: list[MessageError] = strawberry.field(description="What to put right.")


@strawberry.type(description="The message as it is now, or why nothing changed.")
class MessagePayload:
    message: Message | None = strawberry.field(description="The message.")
    errors: list[MessageError] = strawberry.field(description="What to put right.")


async def send_message(info: Info, input: SendMessageInput) -> SendMessagePayload:  # noqa: A002
    try:
        sent = await _send(info, input)
    except Refused as refused:
        problems = shown_problems(refused, MessageError)
        return SendMessagePayload(message=None, replayed=False, warnings=[], errors=problems)
    message = await info.context.loaders.messages.load(sent.message_id)
    return SendMessagePayload(
        message=show_message(message) if message else None,
        replayed=sent.replayed,
        warnings=await warnings_about(info, _addresses(input)),
        errors=[],
    )


def _addresses(given: SendMessageInput) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, recipients in (("to", given.to), ("cc", given.cc), ("bcc", given.bcc)):
        for index, recipient in enumerate(recipients or ()):
            yield (name, str(index), "address"), recipient.address


async def _send(info: Info, given: SendMessageInput) -> enqueue.Sent:
    command = compose.SendMessage(
        idempotency_key=given.idempotency_key,
        context=read_context(given.context, "context"),
        to=_recipients(given.to),
        cc=_recipients(given.cc),
        bcc=_recipients(given.bcc),
        subject=given.subject,
        text=given.text,
        html=given.html,
        reply_to=given.reply_to,
        headers=tuple(compose.HeaderInput(name=h.name, value=h.value) for h in given.headers or ()),
        attachments=tuple(
            compose.AttachmentInput(id=row_id(one, "Attachment"), called=one)
            for one in given.attachment_ids or ()
        ),
        in_reply_to=given.in_reply_to,
        not_before=given.not_before,
        expires_at=given.expires_at,
    )
    try:
        return await enqueue.send(info.context.house, command, by=info.context.by)
    except NotAnswerable as exc:
        raise Refused(Problem(ProblemCode.NOT_FOUND, f"{exc} {exc.remedy}".strip(), ("context",))) from None


def _recipients(given: list[RecipientInput] | None) -> tuple[compose.RecipientInput, ...]:
    return tuple(compose.RecipientInput(address=one.address, name=one.name) for one in given or ())


async def cancel_message(info: Info, input: CancelMessageInput) -> MessagePayload:  # noqa: A002
    try:
        message_id = given_id(input.message_id, "Message", "messageId")
        await verbs.cancel(info.context.house, message_id, by=info.context.by)
    except Refused as refused:
        return MessagePayload(message=None, errors=shown_problems(refused, MessageError))
    return await _changed(info, message_id)


async def retry_message(info: Info, input: RetryMessageInput) -> MessagePayload:  # noqa: A002
    try:
        message_id = given_id(input.message_id, "Message", "messageId")
        await verbs.retry(info.context.house, message_id, by=info.context.by)
    except Refused as refused:
        return MessagePayload(message=None, errors=shown_problems(refused, MessageError))
    return await _changed(info, message_id)


async def _changed(info: Info, message_id: UUID) -> MessagePayload:
    message = await info.context.loaders.messages.load(message_id)
    return MessagePayload(message=show_message(message) if message else None, errors=[])
