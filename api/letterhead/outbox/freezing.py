"""The moment in which a message becomes what is sent: rendered once, for the address that was decided."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from letterhead.errors import Problem, ProblemCode, Refused
from letterhead.house import House
from letterhead.outbox import attachments, inline, size
from letterhead.outbox.attachments import Attachment
from letterhead.outbox.compose import Draft, SendMessage
from letterhead.outbox.headers import Mailbox
from letterhead.outbox.mime import File
from letterhead.outbox.render import Letterhead, Mail, new_message_id, render, with_head
from letterhead.outbox.rules import RecipientKind
from letterhead.senders.rules import Sender
from letterhead.store.database import Row, select


def shown_within(command: SendMessage, files: Sequence[Attachment]) -> dict[str, UUID]:
    """The attachments that the HTML shows, by the names it calls them by. Raises Refused."""
    if command.html is None:
        return {}
    called = {file.name: file.id for file in reversed(files)}
    called |= {given.called: given.id for given in command.attachments if given.id}
    if missing := next(inline.missing(command.html, frozenset(called)), None):
        message = f"The HTML shows cid:{missing[:200]}, and no attachment has this name or id."
        raise Refused(Problem(ProblemCode.INVALID, message, ("html",)))
    return {name: called[name] for name in inline.references(command.html)}


async def frozen(
    house: House,
    command: SendMessage,
    draft: Draft,
    sender: Sender,
    *,
    files: Sequence[Attachment],
    images: Mapping[str, UUID],
    company_id: UUID,
) -> dict[str, Any]:
    """The columns of a message that say what is sent and from where. ``images``: see ``shown_within``.

    Raises Refused (TOO_LARGE, TOO_MANY_RECIPIENTS).
    """
    account = await _account(company_id, sender)
    await size.check_recipients(house, account, len(draft.recipients))
    most = await size.largest(house, account)
    path = "attachmentIds" if files else "text" if command.html is None else "html"
    size.check(sum(size.encoded(file.size) for file in files), most, path)
    domain = sender.from_address.rpartition("@")[2]
    head, content_ids = _head(account, sender), {one: f"{one}@{domain}" for one in images.values()}
    named = {name: content_ids[one] for name, one in images.items()}
    mail = Mail(
        head=head,
        to=draft.mailboxes(RecipientKind.TO),
        cc=draft.mailboxes(RecipientKind.CC),
        reply_to=draft.reply_to,
        subject=command.subject,
        text=command.text,
        html=None if command.html is None else inline.rewritten(command.html, named),
        files=tuple([await _file(house, file, content_ids.get(file.id)) for file in files]),
        in_reply_to=draft.in_reply_to,
        references=draft.references,
        headers=draft.headers,
    )
    content = await asyncio.to_thread(render, mail) if files else render(mail)
    size.check(len(content), most, path)
    return _columns(account, sender, head, content)


async def frozen_anew(house: House, content: bytes, sender: Sender, *, company_id: UUID) -> dict[str, Any]:
    """The same columns for a letter that has to leave from another address. Raises Refused (TOO_LARGE)."""
    account = await _account(company_id, sender)
    head = _head(account, sender)
    changed = with_head(content, head)
    size.check(len(changed), await size.largest(house, account))
    return _columns(account, sender, head, changed)


async def _account(company_id: UUID, sender: Sender) -> Row:
    rows = await select(
        """SELECT reply_to, settings_version, provider_key, address, test_id FROM email_account
           WHERE company_id = $1 AND id = $2""",
        company_id,
        sender.account_id,
    )
    if not rows:
        message = "The address was deleted just now; choose another."
        raise Refused(Problem(ProblemCode.SENDER_NOT_AVAILABLE, message, ("context",)))
    return rows[0]


def _head(account: Row, sender: Sender) -> Letterhead:
    return Letterhead(
        sender=Mailbox(address=sender.from_address, name=sender.display_name),
        reply_to=account["reply_to"],
        message_id=new_message_id(sender.from_address),
    )


def _columns(account: Row, sender: Sender, head: Letterhead, content: bytes) -> dict[str, Any]:
    return {
        "content": content,
        "account_id": sender.account_id,
        "from_address": sender.from_address,
        "rule": sender.rule.value,
        "message_id": head.message_id,
        "settings_version": account["settings_version"],
    }


async def _file(house: House, attachment: Attachment, content_id: str | None) -> File:
    return File(
        name=attachment.name,
        media_type=attachment.media_type,
        content=await attachments.content_of(house, attachment),
        content_id=content_id,
    )
