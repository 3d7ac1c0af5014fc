"""A message as a caller asks for it, and whether it can be one. Nothing here touches anything outside."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from letterhead.errors import Problem, ProblemCode
from letterhead.outbox.headers import Mailbox, has_control_characters
from letterhead.outbox.headers_allowed import header_problems, parse_in_reply_to, thread_in
from letterhead.outbox.rules import RecipientKind
from letterhead.senders.rules import SenderContext

MOST_RECIPIENTS = 500
LONGEST_SUBJECT = 998
LONGEST_NAME = 200
LONGEST_KEY = 200
LARGEST_BODY = 5_000_000
MOST_ATTACHMENTS = 100
EXPIRES_AFTER = timedelta(days=5)
FURTHEST = timedelta(days=366)
LINE_ENDS = {ord(character): " " for character in "\t\n\r\f\v\x85\u2028\u2029"}
"""What stands in text that people paste and does no harm in a body."""


@dataclass(frozen=True, kw_only=True)
class RecipientInput:
    address: str
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class HeaderInput:
    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class AttachmentInput:
    """``called``: its id as the caller knows it. ``id``: None where that is no id of an attachment."""

    id: UUID | None
    called: str


@dataclass(frozen=True, kw_only=True)
class SendMessage:
    """``in_reply_to``: the Message-ID of the contact's message. ``not_before``, ``expires_at``: with a time
    zone; without ``expires_at`` a message is given up after five days."""

    idempotency_key: str
    context: SenderContext
    to: tuple[RecipientInput, ...] = ()
    cc: tuple[RecipientInput, ...] = ()
    bcc: tuple[RecipientInput, ...] = ()
    subject: str
    text: str | None = None
    html: str | None = None
    reply_to: str | None = None
    headers: tuple[HeaderInput, ...] = ()
    attachments: tuple[AttachmentInput, ...] = ()
    in_reply_to: str | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A command found good: addresses in ASCII, each once, instants in UTC."""

    recipients: tuple[tuple[RecipientKind, Mailbox], ...]
    reply_to: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    not_before: datetime
    expires_at: datetime

    def mailboxes(self, kind: RecipientKind) -> tuple[Mailbox, ...]:
        return tuple(mailbox for its_kind, mailbox in self.recipients if its_kind is kind)


def compose(command: SendMessage, *, at: datetime) -> Draft | tuple[Problem, ...]:
    """The draft, or everything that has to be put right in ``command``."""
    headers = tuple((header.name, header.value.strip()) for header in command.headers)
    problems = [*_text_problems(command), *_time_problems(command, at), *header_problems(headers)]
    if len(command.attachments) > MOST_ATTACHMENTS:
        message = f"One message may have {MOST_ATTACHMENTS} attachments."
        problems.append(Problem(ProblemCode.TOO_LARGE, message, ("attachmentIds",)))
    recipients = list(_recipients(command, problems))
    reply_to = _reply_to(command, problems)
    in_reply_to = parse_in_reply_to(command.in_reply_to)
    if isinstance(in_reply_to, Problem):
        problems.append(in_reply_to)
        in_reply_to = None
    if problems:
        return tuple(problems)
    not_before = max(at, command.not_before or at).astimezone(UTC)
    return Draft(
        recipients=_each_once(recipients),
        reply_to=reply_to,
        in_reply_to=in_reply_to,
        references=thread_in(headers),
        headers=tuple(header for header in headers if header[0].lower() != "references"),
        not_before=not_before,
        expires_at=(command.expires_at or not_before + EXPIRES_AFTER).astimezone(UTC),
    )


def key_problems(key: str) -> Iterator[Problem]:
    path = ("idempotencyKey",)
    if not key:
        yield Problem(ProblemCode.REQUIRED, "Give each message a key of its own.", path)
    elif len(key) > LONGEST_KEY:
        yield Problem(ProblemCode.INVALID, f"The key is longer than {LONGEST_KEY} characters.", path)
    elif has_control_characters(key):
        yield Problem(ProblemCode.INVALID, "The key has control characters.", path)


def parse_address(written: str) -> str:
    """The address with its domain as A-labels. Raises ValueError, saying what is wrong with it."""
    if has_control_characters(written):
        raise ValueError("The address has control characters.")
    if not written.rpartition("@")[0].isascii():
        raise ValueError(
            "The part before @ has letters outside ASCII, and not every mail server on the way takes those."
        )
    try:
        valid = validate_email(
            written.strip(), check_deliverability=False, allow_smtputf8=False, globally_deliverable=False
        )
    except EmailNotValidError as exc:
        raise ValueError(str(exc)) from None
    assert valid.ascii_email is not None
    return valid.ascii_email


def _recipients(command: SendMessage, problems: list[Problem]) -> Iterator[tuple[RecipientKind, Mailbox]]:
    lists = ((RecipientKind.TO, command.to), (RecipientKind.CC, command.cc), (RecipientKind.BCC, command.bcc))
    count = sum(len(recipients) for _, recipients in lists)
    if count == 0:
        problems.append(Problem(ProblemCode.REQUIRED, "Say whom the message is to.", ("to",)))
    if count > MOST_RECIPIENTS:
        problems.append(
            Problem(
                ProblemCode.TOO_MANY_RECIPIENTS,
                f"There are {count} recipients; one message may have {MOST_RECIPIENTS}.",
                ("to",),
            )
        )
        return
    for kind, recipients in lists:
        for index, recipient in enumerate(recipients):
            path = (kind.value.lower(), str(index))
            if _is_bad_name(recipient.name):
                problems.append(_bad_name((*path, "name")))
            try:
                yield kind, Mailbox(address=parse_address(recipient.address), name=recipient.name or None)
            except ValueError as exc:
                problems.append(Problem(ProblemCode.INVALID, str(exc), (*path, "address")))


def _is_bad_name(name: str | None) -> bool:
    return name is not None and (len(name) > LONGEST_NAME or has_control_characters(name))


def _bad_name(path: tuple[str, ...]) -> Problem:
    return Problem(
        ProblemCode.INVALID, f"A name has up to {LONGEST_NAME} characters and no control characters.", path
    )


def _each_once(
    recipients: list[tuple[RecipientKind, Mailbox]],
) -> tuple[tuple[RecipientKind, Mailbox], ...]:
    """The first mention counts: To before Cc before Bcc, as they come."""
    seen: dict[str, tuple[RecipientKind, Mailbox]] = {}
    for kind, mailbox in recipients:
        seen.setdefault(mailbox.address.lower(), (kind, mailbox))
    return tuple(seen.values())


def _reply_to(command: SendMessage, problems: list[Problem]) -> str | None:
    if command.reply_to is None:
        return None
    try:
        return parse_address(command.reply_to)
    except ValueError as exc:
        problems.append(Problem(ProblemCode.INVALID, str(exc), ("replyTo",)))
        return None


def _text_problems(command: SendMessage) -> Iterator[Problem]:
    if len(command.subject) > LONGEST_SUBJECT:
        yield Problem(
            ProblemCode.TOO_LARGE, f"The subject is longer than {LONGEST_SUBJECT} characters.", ("subject",)
        )
    elif has_control_characters(command.subject):
        yield Problem(ProblemCode.INVALID, "The subject has line ends or control characters.", ("subject",))
    if command.text is None and command.html is None:
        yield Problem(ProblemCode.REQUIRED, "Give the message a text, or HTML, or both.", ("text",))
    for name, body in (("text", command.text), ("html", command.html)):
        if body is None:
            continue
        if has_control_characters(body.translate(LINE_ENDS)):
            yield Problem(
                ProblemCode.INVALID, "There are control characters in it besides tabs and line ends.", (name,)
            )
        elif len(body.encode()) > LARGEST_BODY:
            yield Problem(
                ProblemCode.TOO_LARGE, f"It is larger than {LARGEST_BODY // 1_000_000} MB.", (name,)
            )


def _time_problems(command: SendMessage, at: datetime) -> Iterator[Problem]:
    for name, instant in (("notBefore", command.not_before), ("expiresAt", command.expires_at)):
        if instant is None:
            continue
        if instant.tzinfo is None:
            yield Problem(ProblemCode.INVALID, "The time lacks a time zone.", (name,))
            return
        if instant > at + FURTHEST:
            yield Problem(ProblemCode.INVALID, "That is more than a year away.", (name,))
    if command.expires_at and command.expires_at <= max(at, command.not_before or at):
        yield Problem(ProblemCode.INVALID, "The message would expire before it can be sent.", ("expiresAt",))
